"""The Bitrix24 client against recorded answers and a portal that misbehaves in every known way."""

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import pytest

from omni_pipeline.errors import ConfigurationError, SourceError
from omni_pipeline.http import HttpSession
from omni_pipeline.pacing import TokenBucket
from omni_pipeline.sources.crm import tables
from omni_pipeline.sources.crm.client import BURST, CALLS_PER_SECOND, Bitrix24
from omni_pipeline.values import CONVERTERS, convert_row
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

SECRET = "abc0secret0xyz"
FIRST_PAGE = range(1, 51)


class Portal:
    """Contacts 1..n behind `batch`, listed as the portal lists them; faults are queued."""

    def __init__(self, server: LocalServer, contacts: int, *, resolves: bool = True) -> None:
        self.ids = list(range(1, contacts + 1))
        self.resolves = resolves
        server.responder = self.answer

    def answer(self, call: Call) -> Reply:
        commands = call.json["cmd"]
        first = dict(parse_qsl(commands["c0"].partition("?")[2]))
        last: int | str = int(first["filter[>ID]"])
        pages: dict[str, list[dict[str, str]]] = {}
        for number, name in enumerate(commands):
            if number and not self.resolves:
                last = 0
            page = [n for n in self.ids if last == "" or n > int(last)][:50]
            pages[name] = [{"ID": str(n)} for n in page]
            # A reference to the 50th row of a short page is empty, and so is the filter.
            last = page[49] if len(page) == 50 else ""
        empty: list[Any] = []
        return Reply({"result": {"result": pages, "result_error": empty}, "time": {}})


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


def ids(client: Bitrix24, since: datetime | int | None = None) -> list[int]:
    return [int(row["id"]) for row in client.rows(tables.CONTACT, since)]


def commands(call: Call) -> list[dict[str, list[str]]]:
    """The parameters of each command of a batch."""
    found = []
    for command in call.json["cmd"].values():
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(command.partition("?")[2]):
            query.setdefault(name, []).append(value)
        found.append(query)
    return found


def test_a_contact_is_decoded_by_its_declaration(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [Reply(recorded("crm/contact_batch.json"))]
    first, second = client.rows(tables.CONTACT)
    assert set(first) == set(tables.CONTACT.stored_columns)
    assert first["id"] == "75"
    assert first["date_modify"] == "2026-05-14T10:58:41+03:00"
    assert first["second_name"] == ""
    assert [phone["VALUE"] for phone in first["phone"]] == ["8 (900) 000-00-01", "+79000000002"]
    assert first["uf"] == {"UF_SITE_MEMBER_ID": "1042", "UF_CRM_1700000000": False}
    assert first["payload"]["EMAIL"][0]["VALUE"] == "Maria@Example.com "
    assert (second["lead_id"], second["company_id"], second["phone"]) == (None, None, None)
    assert second["name"] == "Иван 👋"


@pytest.mark.parametrize("table", [tables.LEAD, tables.DEAL, tables.ACTIVITY])
def test_the_other_lists_are_decoded(
    server: LocalServer, client: Bitrix24, table: tables.BronzeTable
) -> None:
    server.queue = [Reply(recorded(f"crm/{table.name}_batch.json"))]
    (row,) = client.rows(table)
    assert set(row) == set(table.stored_columns)
    for empty in ("date_closed", "end_time"):
        assert row.get(empty) is None
    if table is tables.DEAL:
        assert (row["opportunity"], row["closed"]) == ("12990.50", "Y")
        assert row["uf"] == {"UF_CRM_DELIVERY": "курьер"}
    if table is tables.ACTIVITY:
        assert "uf" not in row
        assert row["communications"][0]["VALUE"] == "79000000001"


@pytest.mark.parametrize("table", [tables.CONTACT, tables.LEAD, tables.DEAL, tables.ACTIVITY])
def test_rows_fit_the_warehouse_without_repairs(
    server: LocalServer, client: Bitrix24, table: tables.BronzeTable
) -> None:
    server.queue = [Reply(recorded(f"crm/{table.name}_batch.json"))]
    kinds = table.stored_columns
    converters = [CONVERTERS[kind] for kind in kinds.values()]
    for row in client.rows(table):
        _, repairs = convert_row([row[name] for name in kinds], converters, list(kinds))
        assert repairs == []


def test_only_declared_fields_are_asked_for(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [Reply(recorded("crm/contact_batch.json"))]
    list(client.rows(tables.CONTACT))
    (query,) = commands(server.calls[0])
    assert query["select[]"] == [*(name.upper() for name in tables.CONTACT.columns), "UF_*"]
    assert query["start"] == ["-1"]
    assert query["order[ID]"] == ["ASC"]
    assert server.calls[0].json["halt"] == 1


def test_stage_history_covers_leads_and_deals(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [
        Reply(recorded("crm/stage_history_lead_batch.json")),
        Reply(recorded("crm/stage_history_deal_batch.json")),
    ]
    rows = list(client.rows(tables.STAGE_HISTORY, 40))
    assert [(row["entity_type_id"], int(row["id"])) for row in rows] == [(1, 41), (2, 41), (2, 57)]
    assert [row["stage_id"] for row in rows] == ["NEW", "NEW", "WON"]
    assert [row["stage_semantic_id"] for row in rows] == ["P", "P", "S"]
    assert [query["filter[>ID]"] for call in server.calls for query in commands(call)] == [
        ["40"],
        ["40"],
    ]
    assert [commands(call)[0]["entityTypeId"] for call in server.calls] == [["1"], ["2"]]


def test_dictionaries_are_read_to_their_last_page(server: LocalServer, client: Bitrix24) -> None:
    server.queue = [
        Reply(recorded("crm/status_first_page.json")),
        Reply(recorded("crm/status_last_page.json")),
    ]
    rows = list(client.rows(tables.STATUS))
    assert [int(row["id"]) for row in rows] == list(range(1, 54))
    assert (rows[0]["category_id"], rows[52]["category_id"]) == (None, "0")
    assert [call.json["start"] for call in server.calls] == [0, 50]


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 149, 150, 151, 2500, 3175, 3200])
def test_every_row_comes_once_in_order(server: LocalServer, client: Bitrix24, count: int) -> None:
    Portal(server, count)
    assert ids(client) == list(range(1, count + 1))


def test_batches_grow_to_fifty_commands(server: LocalServer, client: Bitrix24) -> None:
    Portal(server, 8000)
    assert len(ids(client)) == 8000
    assert [len(call.json["cmd"]) for call in server.calls] == [1, 2, 4, 8, 16, 32, 50, 50]


def test_a_portal_that_resolves_no_references_is_read_page_by_page(
    server: LocalServer, client: Bitrix24
) -> None:
    Portal(server, 420, resolves=False)
    assert ids(client) == list(range(1, 421))
    assert [len(call.json["cmd"]) for call in server.calls][-3:] == [1, 1, 1]


def test_a_portal_that_ignores_the_filter_is_an_error(
    server: LocalServer, client: Bitrix24
) -> None:
    page = {f"c{n}": [{"ID": str(i)} for i in FIRST_PAGE] for n in range(1)}
    server.responder = lambda call: Reply({"result": {"result": page, "result_error": []}})
    with pytest.raises(SourceError, match="ignores the order or the filter by ID"):
        ids(client)


def test_reading_streams(server: LocalServer, client: Bitrix24) -> None:
    Portal(server, 100_000)
    rows = client.rows(tables.CONTACT)
    for _ in range(50):
        next(rows)
    assert len(server.calls) == 1


def test_the_window_is_sent_in_the_portals_own_offset(
    server: LocalServer, client: Bitrix24
) -> None:
    server.queue = [
        Reply(recorded("crm/server_time.json")),
        Reply(recorded("crm/batch_empty_page.json")),
        Reply(recorded("crm/batch_empty_page.json")),
    ]
    assert ids(client, datetime(2026, 5, 14, 7, 0, 30, 999, tzinfo=UTC)) == []
    since = datetime(2026, 5, 14, 2, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert list(client.rows(tables.ACTIVITY, since)) == []
    # The offset is asked for once.
    assert [call.path.rpartition("/")[2] for call in server.calls] == [
        "server.time",
        "batch",
        "batch",
    ]
    assert commands(server.calls[1])[0]["filter[>=DATE_MODIFY]"] == ["2026-05-14T10:00:30+03:00"]
    assert commands(server.calls[2])[0]["filter[>=LAST_UPDATED]"] == ["2026-05-14T10:00:00+03:00"]


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
