"""How the channel event log is reached: it is a database, read through `database.py`."""

from omni_pipeline.bronze.endpoint import DatabaseEndpoint, Endpoint
from omni_pipeline.sources.cel.tables import REQUIRED, SOURCE, TABLES

DATABASE = DatabaseEndpoint(
    SOURCE,
    TABLES,
    variables=("CEL_DATABASE_URL",),
    timezone_variables=("CEL_TIMEZONE",),
    required=REQUIRED,
)

# What models of this source render in, besides its time zone.
RENDERED = ("CEL_DIAL_PREFIXES", "CEL_TRUNKS")


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [DATABASE]
