"""The Bitrix24 client when the portal refuses, answers nonsense, or is spent."""

import logging
import re
import traceback
from collections.abc import Callable

import pytest

from omni_pipeline.errors import ConfigurationError, NoRight, SourceError
from omni_pipeline.sources.crm import tables
from omni_pipeline.sources.crm.client import BURST, CALLS_PER_SECOND, Bitrix24
from tests.local_http import (
    HALF,
    HTML,
    RESET,
    TRUNCATED,
    Call,
    FakeClock,
    LocalServer,
    Reply,
    recorded,
)
from tests.unit.sources.portal import SECRET, Portal, ids

FAULTS: dict[str, Reply] = {
    "html": HTML,
    "truncated": TRUNCATED,
    "reset": RESET,
    "half": HALF,
    "503": Reply(recorded("crm/query_limit_503.json"), 503),
    "429": Reply(recorded("crm/operation_limit_429.json"), 429),
    "nothing": Reply(recorded("crm/batch_nothing.json")),
    "error_keyed": Reply(recorded("crm/batch_error_keyed.json")),
    "error_keys_lost": Reply(recorded("crm/batch_error_keys_lost.json")),
    "no_result": Reply({"time": {}}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_row_is_lost_or_doubled_by_a_fault(
    server: LocalServer, client: Bitrix24, fault: str
) -> None:
    portal = Portal(server, 800)
    calls = iter(range(100))

    def sometimes(call: Call) -> Reply:
        return FAULTS[fault] if next(calls) % 3 else portal.answer(call)

    server.responder = sometimes
    assert ids(client) == list(range(1, 801))


@pytest.mark.parametrize("keys_lost", [False, True])
def test_pages_before_a_failed_command_count_and_the_rest_follows(
    server: LocalServer, client: Bitrix24, keys_lost: bool
) -> None:
    portal = Portal(server, 800)
    error = {"error": "INTERNAL_SERVER_ERROR", "error_description": "x"}

    def half(call: Call) -> Reply:
        body = portal.answer(call).body
        pages = body["result"]["result"]
        kept = max(1, len(pages) // 2)
        if kept < len(pages):
            body["result"]["result"] = dict(list(pages.items())[:kept])
            body["result"]["result_error"] = [error] if keys_lost else {f"c{kept}": error}
        return Reply(body)

    server.responder = half
    assert ids(client) == list(range(1, 801))


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        # From the portal's own finish time to its reset, plus a second.
        ("operation_limit_429", 1778747792 - 1778747192.93 + 1),
        ("operation_limit_429_iso", 1778747792 - 1778747192.93 + 1),
    ],
)
def test_a_spent_time_budget_is_waited_for(
    server: LocalServer, client: Bitrix24, clock: FakeClock, name: str, seconds: float
) -> None:
    Portal(server, 3)
    server.queue = [Reply(recorded(f"crm/{name}.json"), 429)]
    assert ids(client) == [1, 2, 3]
    assert seconds <= clock.slept[0] <= seconds + 1


def test_the_overload_block_is_not_retried(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [Reply(recorded("crm/overload_503.json"), 503)]
    with pytest.raises(SourceError, match="ask Bitrix24 support"):
        ids(client)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(recorded("crm/no_auth_401.json"), 401),
        Reply(recorded("crm/insufficient_scope_403.json"), 403),
        Reply(recorded("crm/batch_error_access.json")),
        Reply(recorded("crm/batch_error_access_keys_lost.json")),
        Reply(b"<html>forbidden</html>", 403),
        Reply({"error": "", "error_description": f"bad /rest/1/{SECRET}/"}, 400),
    ],
    ids=["401", "403", "in_batch", "in_batch_keys_lost", "html_403", "empty_code"],
)
def test_a_refusal_names_the_variable_and_hides_the_secret(
    server: LocalServer, client: Bitrix24, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    server.queue = [reply]
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        ids(client)
    assert re.match(r"CRM_WEBHOOK_URL: .*(refuse)", str(caught.value))
    assert "\n" not in str(caught.value)
    everything = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert SECRET not in everything
    assert len(server.calls) == 1


def test_calls_are_paced_below_the_portals_limit(
    server: LocalServer, client: Bitrix24, clock: FakeClock
) -> None:
    portal = Portal(server, 50 * 95, resolves=False)
    started = clock.unix
    assert len(ids(client)) == len(portal.ids)
    calls = len(server.calls)
    assert calls >= 95
    assert clock.unix - started == pytest.approx((calls - BURST) / CALLS_PER_SECOND)


@pytest.mark.parametrize(
    "address", ["", "portal.bitrix24.ru", f"https://portal/{SECRET}/", f"ftp://x/rest/1/{SECRET}/"]
)
def test_a_malformed_address_is_named_but_not_shown(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^CRM_WEBHOOK_URL: expected") as caught:
        Bitrix24(address)
    assert SECRET not in str(caught.value)


def test_check_says_what_can_be_read(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [Reply(recorded("crm/contact_count.json"))]
    assert client.check() == "Bitrix24 at 127.0.0.1 answers; 2 contacts can be read"


def test_importing_and_creating_calls_nobody(
    server: LocalServer, client: Bitrix24, clock: FakeClock
) -> None:
    opened: Callable[..., object] = client.rows
    opened(tables.CONTACT)
    assert server.calls == []


def test_what_the_user_may_not_read_is_told_of_each_entity(
    server: LocalServer, client: Bitrix24
) -> None:
    page = [{"ID": "1"}]
    result = {
        "result": {
            "contact": page,
            "lead": [],
            "status": page,
            "stage_history_1": {"items": page},
            "category": {"categories": [{"id": 0}]},
            "currency": [{"CURRENCY": "RUB"}],
            "company": page,
            "requisite": [],
        },
        "result_error": {
            "deal": {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"},
            "activity": {"error": "insufficient_scope", "error_description": f"needs {SECRET}"},
            "user": {"error": "insufficient_scope", "error_description": "user"},
            "stage_history_2": {"error": "ACCESS_DENIED", "error_description": "Access denied."},
        },
    }
    server.queue = [Reply({"result": result})]
    assert client.readable() == {
        "contact": None,
        "lead": "",
        "deal": "ERROR_METHOD_NOT_FOUND Method not found!",
        "activity": "insufficient_scope needs ***",
        "status": None,
        "stage_history": "ACCESS_DENIED Access denied.",
        "category": None,
        "currency": None,
        "user": "insufficient_scope user",
        "company": None,
        "requisite": "",
    }
    assert len(server.calls) == 1


def test_errors_that_lost_their_names_are_told_all_the_same(
    server: LocalServer, client: Bitrix24
) -> None:
    errors = [{"error": "insufficient_scope", "error_description": ""}]
    server.queue = [Reply({"result": {"result": [], "result_error": errors}})]
    assert set(client.readable().values()) == {"insufficient_scope"}


def test_a_method_that_is_gone_is_an_error_with_its_name(
    server: LocalServer, client: Bitrix24
) -> None:
    error = {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}
    server.queue = [Reply({"result": {"result": [], "result_error": {"c0": error}}})]
    with pytest.raises(SourceError, match=r"CRM_WEBHOOK_URL: .*crm\.deal\.list.*METHOD_NOT_FOUND"):
        list(client.rows(tables.DEAL))


@pytest.mark.parametrize(
    ("reply", "scope"),
    [
        (Reply(recorded("crm/insufficient_scope_403.json"), 403), "user"),
        (Reply({"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}), ""),
    ],
    ids=["scope", "old_portal"],
)
def test_a_list_that_is_refused_alone_is_no_right(
    server: LocalServer, client: Bitrix24, reply: Reply, scope: str
) -> None:
    server.queue = [reply]
    with pytest.raises(NoRight, match=rf"^CRM_WEBHOOK_URL: .*refuses.*user\.get.*{scope}"):
        list(client.rows(tables.USER))
