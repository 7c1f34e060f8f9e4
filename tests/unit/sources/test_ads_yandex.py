"""Yandex Direct: online and queued reports, halves, limits, refusals, on a real socket."""

import json
import logging
import traceback
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze.staging import Refused, Total
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads.periods import Calendar
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST
from omni_pipeline.sources.ads.yandex_direct import YandexDirect
from omni_pipeline.values import CONVERTERS, convert_row
from tests.local_http import FIXTURES, HALF, HTML, RESET, Call, FakeClock, LocalServer, Reply
from tests.local_http import recorded as recorded_json

TOKEN = "y0_AgAAAAB-canary"
REPORT = (FIXTURES / "ads/yandex_report.tsv").read_bytes()
CLIENTS = Reply(recorded_json("ads/yandex_clients.json"))
NOON = datetime(2026, 5, 4, 9, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def direct(server: LocalServer, clock: FakeClock) -> YandexDirect:
    session = HttpSession("YANDEX_DIRECT_API_URL", clock=clock, timeout=(2, 5))
    calendar = Calendar(since=date(2026, 1, 1), clock=clock)
    return YandexDirect(TOKEN, server.url, calendar=calendar, session=session)


def report(*days: str) -> bytes:
    """A report with one row a day."""
    header = REPORT.split(b"\n")[0].decode()
    rows = [f"{day}\t1\tname\tTEXT_CAMPAIGN\tSEARCH\t10\t1\t--\t5.00" for day in days]
    return "\n".join([header, *rows, f"Total rows: {len(rows)}", ""]).encode()


def rows_of(direct: YandexDirect, state: str | None = "2026-05-04") -> list[dict[str, Any]]:
    found = []
    for row in direct.read(state, False).rows:
        assert not isinstance(row, Refused | Total)
        found.append(dict(row))
    return found


def asked(server: LocalServer) -> list[dict[str, Any]]:
    return [call.json["params"] for call in server.calls if call.path == "/reports"]


def test_a_report_that_is_ready_at_once(server: LocalServer, direct: YandexDirect) -> None:
    server.queue = [CLIENTS, Reply(REPORT)]
    first, second, third = rows_of(direct)
    assert set(first) == set(CAMPAIGN_COST.columns)
    assert first | {"campaign_type": None} == {
        **dict.fromkeys(CAMPAIGN_COST.columns),
        "provider": "yandex_direct",
        "account": "mebel-dom",
        "campaign_id": "70110021",
        "campaign_name": "search_divany_msk",
        "network": "search",
        "day": "2026-05-03",
        "impressions": "1204",
        "clicks": "31",
        "conversions": "2",
        "cost": "1523.47",
        "currency": "RUB",
        "vat_included": False,
        "vat_rate": Decimal(22),
    }
    assert (second["campaign_name"], second["conversions"]) == ('Ретаргетинг "дом"', None)
    assert third["cost"] == "0.00"
    sent = server.calls[1]
    assert sent.headers["processingMode"] == "auto"
    assert sent.headers["returnMoneyInMicros"] == "false"
    assert "Client-Login" not in sent.headers
    (specification,) = asked(server)
    assert specification["IncludeVAT"] == "NO"
    assert specification["SelectionCriteria"] == {"DateFrom": "2026-04-04", "DateTo": "2026-05-04"}


def test_rows_fit_the_warehouse(server: LocalServer, direct: YandexDirect) -> None:
    server.queue = [CLIENTS, Reply(REPORT)]
    kinds = CAMPAIGN_COST.columns
    converters = [CONVERTERS[kind] for kind in kinds.values()]
    for row in rows_of(direct):
        _, repairs = convert_row([row[name] for name in kinds], converters, list(kinds))
        assert repairs == []


def test_a_queued_report_is_asked_for_with_the_same_bytes(
    server: LocalServer, direct: YandexDirect, clock: FakeClock
) -> None:
    queued = {"retryIn": "7", "reportsInQueue": "1"}
    server.queue = [
        CLIENTS,
        Reply(b"", 201, queued),
        Reply(b"", 202, {**queued, "retryIn": "20"}),
        *[Reply(b"", 202, queued)] * 12,  # more polls than a faulty server gets attempts
        Reply(REPORT),
    ]
    assert len(rows_of(direct)) == 3
    assert clock.slept == [7, 20, *[7] * 12]
    assert len({call.body for call in server.calls[1:]}) == 1


def test_a_report_that_never_gets_ready_is_left_to_the_next_run(
    server: LocalServer, direct: YandexDirect, clock: FakeClock
) -> None:
    def never(call: Call) -> Reply:
        return CLIENTS if call.path == "/clients" else Reply(b"", 202, {"retryIn": "300"})

    server.responder = never
    with pytest.raises(SourceError, match="not ready after 1200 s"):
        rows_of(direct)
    assert sum(clock.slept) <= 1200
    with pytest.raises(SourceError):
        rows_of(direct)
    names = [specification["ReportName"] for specification in asked(server)]
    assert len(set(names)) == 1, "within three hours the queued report is found again"
    clock.unix += 3 * 3600
    with pytest.raises(SourceError):
        rows_of(direct)
    assert asked(server)[-1]["ReportName"] not in names, "later figures have to be fresh"


def test_names_differ_by_what_is_asked(server: LocalServer, direct: YandexDirect) -> None:
    server.responder = lambda call: CLIENTS if call.path == "/clients" else Reply(REPORT)
    rows_of(direct, "2026-05-04")
    rows_of(direct, "2026-05-03")
    assert len({specification["ReportName"] for specification in asked(server)}) == 2


def test_a_heavy_report_is_asked_for_in_halves(server: LocalServer, direct: YandexDirect) -> None:
    def at_most_ten_days(call: Call) -> Reply:
        if call.path == "/clients":
            return CLIENTS
        criteria = call.json["params"]["SelectionCriteria"]
        first, last = (date.fromisoformat(criteria[name]) for name in ("DateFrom", "DateTo"))
        if (last - first).days >= 10:
            return Reply(b"timed out", 502)
        days = range(first.toordinal(), last.toordinal() + 1)
        return Reply(report(*[date.fromordinal(day).isoformat() for day in days]))

    server.responder = at_most_ten_days
    days = [row["day"] for row in rows_of(direct)]
    first, last = date(2026, 4, 4).toordinal(), date(2026, 5, 4).toordinal()
    assert days == [date.fromordinal(n).isoformat() for n in range(first, last + 1)]


def test_one_day_that_is_too_heavy(server: LocalServer, clock: FakeClock) -> None:
    calendar = Calendar(since=date(2026, 5, 4), clock=clock)
    session = HttpSession("YANDEX_DIRECT_API_URL", clock=clock)
    direct = YandexDirect(TOKEN, server.url, calendar=calendar, session=session)
    server.responder = lambda call: CLIENTS if call.path == "/clients" else Reply(b"", 502)
    with pytest.raises(SourceError, match="cannot make the report of 2026-05-04 in time"):
        rows_of(direct)


PASSING = {
    "html": HTML,
    "reset": RESET,
    "half": HALF,
    "500": Reply(b"", 500),
    "one 502": Reply(b"", 502),
    "no last line": Reply(REPORT.rpartition(b"Total")[0]),
    "lines lost": Reply(b"\n".join(REPORT.split(b"\n")[:2]) + b"\nTotal rows: 3\n"),
    "queue full": Reply(recorded_json("ads/yandex_queue_full.json"), 400),
}


@pytest.mark.parametrize("fault", PASSING)
def test_faults_lose_and_double_nothing(
    server: LocalServer, direct: YandexDirect, fault: str
) -> None:
    server.queue = [CLIENTS, PASSING[fault], Reply(REPORT)]
    assert [row["day"] for row in rows_of(direct)] == ["2026-05-03", "2026-05-03", "2026-05-04"]


@pytest.mark.parametrize(
    ("fixture", "message"),
    [
        ("yandex_bad_token", "YANDEX_DIRECT_TOKEN: Yandex Direct refuses the token (53 "),
        ("yandex_bad_request", "YANDEX_DIRECT_API_URL: Yandex Direct refuses the request (8000 "),
    ],
)
def test_a_refusal_names_the_setting_and_hides_the_token(
    server: LocalServer,
    direct: YandexDirect,
    caplog: pytest.LogCaptureFixture,
    fixture: str,
    message: str,
) -> None:
    told: dict[str, Any] = recorded_json(f"ads/{fixture}.json")
    told["error"]["error_detail"] += f" {TOKEN}"
    server.queue = [Reply(told, 400)]
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        direct.check()
    assert str(caught.value).startswith(message)
    assert TOKEN not in caplog.text + "".join(traceback.format_exception(caught.value))


def test_an_agency_reads_a_client_by_login(server: LocalServer, clock: FakeClock) -> None:
    session = HttpSession("YANDEX_DIRECT_API_URL", clock=clock)
    direct = YandexDirect(TOKEN, server.url, "mebel-dom", session=session)
    server.queue = [CLIENTS]
    assert direct.check() == "Yandex Direct answers; mebel-dom counts in RUB"
    assert server.calls[0].headers["Client-Login"] == "mebel-dom"
    assert direct.name == "yandex_direct/mebel-dom"
    denied = {"error": {"error_code": 8800, "error_string": "Object not found"}}
    server.queue = [Reply(denied, 400)]
    with pytest.raises(SourceError, match=r"^YANDEX_DIRECT_LOGIN: "):
        direct.check()


def test_a_line_with_a_stray_tab_is_refused(server: LocalServer, direct: YandexDirect) -> None:
    broken = report("2026-05-03", "2026-05-04").replace(b"name\t", b"na\tme\t", 1)
    server.queue = [CLIENTS, Reply(broken)]
    refused, row = direct.read("2026-05-04", False).rows
    assert isinstance(refused, Refused)
    assert refused.reason == "10 cells instead of 9"
    assert isinstance(row, dict)


@pytest.mark.parametrize(
    ("vat", "currency", "expected"),
    [(22, "RUB", (20, 22)), (12, "KZT", (12, 12)), (None, "RUB", (0, 0))],
)
def test_the_rate_of_the_day(
    server: LocalServer, clock: FakeClock, vat: int | None, currency: str, expected: Any
) -> None:
    client = {"Login": "a", "Currency": currency, "VatRate": vat}
    server.queue = [
        Reply({"result": {"Clients": [client]}}),
        Reply(report("2025-12-31", "2026-01-01")),
    ]
    session = HttpSession("YANDEX_DIRECT_API_URL", clock=clock)
    direct = YandexDirect(TOKEN, server.url, calendar=Calendar(clock=clock), session=session)
    assert tuple(row["vat_rate"] for row in rows_of(direct)) == expected


WINDOWS = [
    (None, False, "2026-01-01"),  # the first read
    ("2026-05-04", False, "2026-04-04"),  # an hour ago
    ("2026-03-01", False, "2026-01-30"),  # after two months of standstill
    ("2026-01-10", False, "2026-01-01"),  # never before ADS_SINCE
    ("2026-05-04", True, "2026-01-01"),  # the nightly compare
]


@pytest.mark.parametrize(("state", "whole", "first"), WINDOWS)
def test_the_window(
    server: LocalServer, direct: YandexDirect, state: str | None, whole: bool, first: str
) -> None:
    server.queue = [CLIENTS, Reply(report())]
    reading = direct.read(state, whole)
    assert reading.scope is not None
    assert reading.scope.first == date.fromisoformat(first)
    assert reading.scope.last == date(2026, 5, 4)
    assert reading.state == "2026-05-04"


def test_a_request_is_json_without_surprises(server: LocalServer, direct: YandexDirect) -> None:
    server.queue = [CLIENTS, Reply(report())]
    assert rows_of(direct) == []
    assert json.loads(server.calls[0].body)["method"] == "get"


@pytest.mark.parametrize(
    ("reply", "variable"),
    [
        (Reply(b"", 403), "YANDEX_DIRECT_TOKEN"),
        (HTML, "YANDEX_DIRECT_API_URL"),
        (Reply(b"", 404), "YANDEX_DIRECT_API_URL"),
    ],
)
def test_the_setting_to_look_at(
    server: LocalServer, direct: YandexDirect, reply: Reply, variable: str
) -> None:
    server.responder = lambda call: reply
    with pytest.raises(SourceError) as caught:
        direct.check()
    assert caught.value.variable == variable
