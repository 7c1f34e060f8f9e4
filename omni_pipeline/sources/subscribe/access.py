"""How the mailing log is reached: it is a database, read through `database.py`."""

from omni_pipeline.bronze.endpoint import DatabaseEndpoint, Endpoint
from omni_pipeline.sources.subscribe.tables import REQUIRED, SOURCE, TABLES

DATABASE = DatabaseEndpoint(
    SOURCE,
    TABLES,
    variables=(
        "SUBSCRIBE_DATABASE_URL",
        "BITRIX_DATABASE_URL",
    ),
    timezone_variables=("SUBSCRIBE_TIMEZONE", "BITRIX_TIMEZONE"),
    required=REQUIRED,
)


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [DATABASE]
