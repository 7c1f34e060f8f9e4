"""How the site database is reached: it is a database, read through `database.py`."""

from omni_pipeline.bronze.endpoint import DatabaseEndpoint, Endpoint
from omni_pipeline.sources.bitrix.sale_tables import SOURCE
from omni_pipeline.sources.bitrix.tables import REQUIRED, TABLES

DATABASE = DatabaseEndpoint(
    SOURCE,
    TABLES,
    variables=("BITRIX_DATABASE_URL",),
    timezone_variables=("BITRIX_TIMEZONE",),
    required=REQUIRED,
)


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [DATABASE]
