"""E-mail providers that never come to an end: pages that repeat, tokens without a sensible life."""

from itertools import islice

import pytest

from omni_pipeline.api.session import HttpSession
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.esp import tables
from omni_pipeline.sources.esp.sendpulse import SendPulse
from omni_pipeline.sources.esp.unisender import UniSender
from tests.local_http import Call, FakeClock, LocalServer, Reply

ENDLESS = 100_000  # rows at which the test itself would give up


def sendpulse(server: LocalServer, clock: FakeClock) -> SendPulse:
    session = HttpSession("SENDPULSE_API_URL", clock=clock, timeout=(2, 5))
    return SendPulse("pulse-id", "pulse0secret", server.url, session=session)


def test_unisender_that_ignores_the_offset(server: LocalServer, clock: FakeClock) -> None:
    server.responder = lambda _: Reply({"result": [{"id": n} for n in range(1_000)]})
    session = HttpSession("UNISENDER_API_URL", clock=clock, timeout=(2, 5))
    client = UniSender("uni1key1secret", f"{server.url}/ru/api", session=session)
    with pytest.raises(SourceError, match=r"UNISENDER_API_URL: .*same page of campaigns"):
        list(islice(client.rows(tables.UNISENDER_CAMPAIGN), ENDLESS))


def test_sendpulse_that_ignores_the_offset(server: LocalServer, clock: FakeClock) -> None:
    def respond(call: Call) -> Reply:
        if call.path == "/oauth/access_token":
            return Reply({"access_token": "token1secret", "expires_in": 3600})
        assert len(server.calls) < 100, "it goes on and on"
        return Reply([{"id": str(n)} for n in range(100)])

    server.responder = respond
    with pytest.raises(SourceError, match=r"SENDPULSE_API_URL: .*again and again"):
        list(islice(sendpulse(server, clock).rows(tables.SENDPULSE_EMAIL), ENDLESS))


@pytest.mark.parametrize("life", ["soon", [], {}, None, "nan", -5, "1e400", True])
def test_sendpulse_whatever_a_token_s_life_is(
    server: LocalServer, clock: FakeClock, life: object
) -> None:
    def respond(call: Call) -> Reply:
        if call.path == "/oauth/access_token":
            return Reply({"access_token": "token1secret", "expires_in": life})
        return Reply([{"id": "1"}])

    server.responder = respond
    assert len(list(sendpulse(server, clock).rows(tables.SENDPULSE_EMAIL))) == 1


def test_a_source_has_hours_and_not_days(server: LocalServer, clock: FakeClock) -> None:
    server.responder = lambda _: Reply({"result": []})
    session = HttpSession("SOME_URL", clock=clock)
    session.request("GET", server.url)
    clock.unix += 6 * 3600
    session.request("GET", server.url)
    clock.unix += 1
    with pytest.raises(SourceError, match="SOME_URL: has been read for 6 h without an end"):
        session.request("GET", server.url)
