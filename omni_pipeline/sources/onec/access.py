"""How 1C is reached: a folder into which it puts its orders."""

from pathlib import Path

from omni_pipeline.bronze.endpoint import ApiEndpoint, Endpoint
from omni_pipeline.settings import current
from omni_pipeline.sources.onec.folder import OnecFolder
from omni_pipeline.sources.onec.tables import CUSTOMER_ORDER, SOURCE


def folder() -> Path:
    """The folder of the environment. Raises ConfigurationError when it is not told."""
    return Path(current().required("ONEC_CSV_DIR"))


FOLDER = ApiEndpoint(
    SOURCE,
    ("ONEC_CSV_DIR",),
    lambda: OnecFolder(folder(), CUSTOMER_ORDER).check(),
    timezone_variables=("ONEC_TIMEZONE",),
)


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [FOLDER]
