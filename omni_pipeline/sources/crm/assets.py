"""The Bitrix24 CRM as Dagster assets: one per raw table, one client on the portal at a time."""

from omni_pipeline.bronze.assets import api_definitions
from omni_pipeline.bronze.resource import ApiResource
from omni_pipeline.settings import current
from omni_pipeline.sources.crm.access import PORTAL
from omni_pipeline.sources.crm.client import VARIABLE, Bitrix24
from omni_pipeline.sources.crm.tables import SOURCE, TABLES


class CrmPortal(ApiResource):
    """A Bitrix24 portal by its incoming webhook."""

    webhook_url: str

    def client(self) -> Bitrix24:
        return Bitrix24(self.webhook_url)

    def readable(self) -> dict[str, str | None]:
        return self.client().readable()


defs = api_definitions(
    SOURCE,
    PORTAL,
    TABLES,
    kind="bitrix24",
    resource=lambda: CrmPortal(webhook_url=current().required(VARIABLE)),
    tells_rights=True,
)
