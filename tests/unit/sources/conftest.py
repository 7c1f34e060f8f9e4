"""Fixtures of the client tests: a scripted server on a real socket and a clock that never waits."""

from collections.abc import Iterator

import pytest

from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import HttpSession
from omni_pipeline.sources.crm.client import BURST, CALLS_PER_SECOND, Bitrix24
from tests.local_http import FakeClock, LocalServer
from tests.unit.sources.portal import SECRET


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer().running() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(server: LocalServer, clock: FakeClock) -> Bitrix24:
    bucket = TokenBucket(CALLS_PER_SECOND, BURST, clock)
    session = HttpSession("CRM_WEBHOOK_URL", bucket=bucket, clock=clock, timeout=(2, 5))
    return Bitrix24(f"{server.url}/rest/1/{SECRET}/", session=session)
