"""How the loyalty ledger is reached: it is a database, read through `database.py`."""

from omni_pipeline.bronze.endpoint import DatabaseEndpoint, Endpoint
from omni_pipeline.sources.loyalty.tables import REQUIRED, SOURCE, TABLES

DATABASE = DatabaseEndpoint(
    SOURCE,
    TABLES,
    variables=(
        "LOYALTY_DATABASE_URL",
        "BITRIX_DATABASE_URL",
    ),
    timezone_variables=(
        "LOYALTY_TIMEZONE",
        "BITRIX_TIMEZONE",
    ),
    required=REQUIRED,
)


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [DATABASE]
