"""How the CRM is reached: an incoming webhook of the Bitrix24 portal."""

from omni_pipeline.bronze.endpoint import ApiEndpoint, Endpoint
from omni_pipeline.settings import current
from omni_pipeline.sources.crm.client import VARIABLE, Bitrix24
from omni_pipeline.sources.crm.tables import SOURCE, TABLES

PORTAL = ApiEndpoint(
    SOURCE,
    (VARIABLE,),
    probe=lambda: Bitrix24(current().required(VARIABLE)).check(),
    tables=TABLES,
    readable=lambda: Bitrix24(current().required(VARIABLE)).readable(),
)

# What models of this source render in.
RENDERED = ("CRM_SITE_USER_FIELD",)


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [PORTAL]
