"""How the e-mail providers are reached: the site's event table and two vendors' APIs."""

from omni_pipeline.bronze.endpoint import ApiEndpoint, DatabaseEndpoint, Endpoint
from omni_pipeline.settings import current
from omni_pipeline.sources.esp import sendpulse, unisender
from omni_pipeline.sources.esp.tables import EMAIL_EVENTS, REQUIRED, SOURCE

# The table's contract keeps UTC, so there is no zone to set.
EVENTS = DatabaseEndpoint(
    SOURCE, (EMAIL_EVENTS,), variables=("ESP_DATABASE_URL",), required=REQUIRED
)


def open_unisender() -> unisender.UniSender:
    """A client with the settings of the environment."""
    url = current().get("UNISENDER_API_URL", unisender.DEFAULT_URL)
    return unisender.UniSender(current().required("UNISENDER_API_KEY"), url)


def open_sendpulse() -> sendpulse.SendPulse:
    """A client with the settings of the environment."""
    return sendpulse.SendPulse(
        current().required("SENDPULSE_CLIENT_ID"),
        current().required("SENDPULSE_CLIENT_SECRET"),
        current().get("SENDPULSE_API_URL", sendpulse.DEFAULT_URL),
    )


UNISENDER = ApiEndpoint(SOURCE, ("UNISENDER_API_KEY",), lambda: open_unisender().check())
SENDPULSE = ApiEndpoint(
    SOURCE,
    ("SENDPULSE_CLIENT_ID", "SENDPULSE_CLIENT_SECRET"),
    lambda: open_sendpulse().check(),
)


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [EVENTS, UNISENDER, SENDPULSE]
