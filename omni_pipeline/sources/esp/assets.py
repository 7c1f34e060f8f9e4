"""The e-mail providers as Dagster assets: the event table, UniSender and SendPulse."""

import dagster as dg

from omni_pipeline.bronze.assets import api_definitions, database_definitions
from omni_pipeline.bronze.resource import ApiResource
from omni_pipeline.settings import current
from omni_pipeline.sources.esp import sendpulse, tables, unisender
from omni_pipeline.sources.esp.access import EVENTS, SENDPULSE, UNISENDER


class UniSenderAccount(ApiResource):
    """A UniSender account by its key."""

    api_key: str
    api_url: str

    def client(self) -> unisender.UniSender:
        return unisender.UniSender(self.api_key, self.api_url)


class SendPulseAccount(ApiResource):
    """A SendPulse account by its OAuth client."""

    client_id: str
    client_secret: str
    api_url: str

    def client(self) -> sendpulse.SendPulse:
        return sendpulse.SendPulse(self.client_id, self.client_secret, self.api_url)


defs = dg.Definitions.merge(
    database_definitions(EVENTS, kind="email"),
    api_definitions(
        "esp_unisender",
        UNISENDER,
        (tables.UNISENDER_CAMPAIGN, tables.UNISENDER_DELIVERY),
        kind="unisender",
        resource=lambda: UniSenderAccount(
            api_key=current().required("UNISENDER_API_KEY"),
            api_url=current().get("UNISENDER_API_URL", unisender.DEFAULT_URL),
        ),
    ),
    api_definitions(
        "esp_sendpulse",
        SENDPULSE,
        (tables.SENDPULSE_CAMPAIGN, tables.SENDPULSE_EMAIL),
        kind="sendpulse",
        resource=lambda: SendPulseAccount(
            client_id=current().required("SENDPULSE_CLIENT_ID"),
            client_secret=current().required("SENDPULSE_CLIENT_SECRET"),
            api_url=current().get("SENDPULSE_API_URL", sendpulse.DEFAULT_URL),
        ),
    ),
)
