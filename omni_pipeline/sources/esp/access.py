"""How the e-mail providers are reached: the site's event table and two vendors' APIs."""

import os

from omni_pipeline.bronze.endpoint import ApiEndpoint, DatabaseEndpoint, Endpoint
from omni_pipeline.sources.esp import sendpulse, unisender
from omni_pipeline.sources.esp.tables import EMAIL_EVENTS, REQUIRED, SOURCE

# The table's contract keeps UTC, so there is no zone to set.
EVENTS = DatabaseEndpoint(
    SOURCE, (EMAIL_EVENTS,), variables=("ESP_DATABASE_URL",), required=REQUIRED
)


def open_unisender() -> unisender.UniSender:
    """A client with the settings of the environment."""
    url = os.environ.get("UNISENDER_API_URL") or unisender.DEFAULT_URL
    return unisender.UniSender(os.environ["UNISENDER_API_KEY"], url)


def open_sendpulse() -> sendpulse.SendPulse:
    """A client with the settings of the environment."""
    return sendpulse.SendPulse(
        os.environ["SENDPULSE_CLIENT_ID"],
        os.environ["SENDPULSE_CLIENT_SECRET"],
        os.environ.get("SENDPULSE_API_URL") or sendpulse.DEFAULT_URL,
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
