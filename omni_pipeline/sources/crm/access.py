"""How the CRM is reached: an incoming webhook of the Bitrix24 portal."""

import os

from omni_pipeline.endpoint import ApiEndpoint, Endpoint
from omni_pipeline.sources.crm.client import VARIABLE, Bitrix24
from omni_pipeline.sources.crm.tables import SOURCE

PORTAL = ApiEndpoint(SOURCE, (VARIABLE,), probe=lambda: Bitrix24(os.environ[VARIABLE]).check())


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [PORTAL]
