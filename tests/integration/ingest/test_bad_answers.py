"""Rows of an API that cannot be read, through client and landing: refused alone, others land."""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.ingest import ingest_api
from omni_pipeline.bronze.landing import LandingResult, read_cursor
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.ads.periods import Calendar
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST
from omni_pipeline.sources.ads.vk_ads import VkAds
from omni_pipeline.sources.ads.yandex_direct import YandexDirect
from omni_pipeline.sources.ads.yandex_report import FIELDS
from omni_pipeline.sources.crm import tables as crm
from omni_pipeline.sources.crm.client import Bitrix24
from omni_pipeline.sources.esp import tables as esp
from omni_pipeline.sources.esp.sendpulse import SendPulse
from omni_pipeline.sources.esp.unisender import UniSender
from tests.local_http import Call, FakeClock, LocalServer, Reply

Connection = psycopg.Connection[Any]
# The process hides its secrets in every text, so a short one would spoil other tests.
CANARY = "rows0canary0secret"
HOSTILE = [
    "null",
    "7",
    '"text"',
    "[]",
    "{}",
    '{"ID": null, "TITLE": "x"}',
    '{"ID": "abc"}',
    '{"ID": {"a": 1}}',
    '{"ID": ' + "9" * 5_000 + "}",
    '{"ID": "5001", "OPPORTUNITY": ' + "9" * 5_000 + "}",
    '{"ID": "5002", "OPPORTUNITY": NaN}',
    '{"ID": "5003", "UF_DEEP": ' + "[" * 1_000 + "]" * 1_000 + "}",
    '{"ID": "5004", "UF_DEEP": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
    '{"ID": "5005", "DATE_MODIFY": "2026-05-14T10:58:41+16:00"}',
    '{"ID": "5006", "DATE_MODIFY": ["2026-05-14"]}',
    '{"ID": "5007", "CONTACT_ID": {"a": 1}}',
]
MENDED: list[tuple[str | bytes, str]] = [
    ('{"ID": "6001", "TITLE": "\\ud800"}', "lone_surrogate"),
    ('{"ID": "6002", "TITLE": "\\u0000"}', "nul_byte"),
    (b'{"ID": "6003", "TITLE": "\xd0\xd1"}', "undecodable_bytes"),
]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer().running() as running:
        yield running


def session(variable: str) -> HttpSession:
    return HttpSession(variable, clock=FakeClock(), timeout=(2, 10))


def portal(server: LocalServer) -> Bitrix24:
    return Bitrix24(f"{server.url}/rest/1/{CANARY}/", session=session("CRM_WEBHOOK_URL"))


def batch_of(items: bytes) -> Reply:
    return Reply(b'{"result": {"result": {"c0": [' + items + b'], "c1": []}}, "time": {}}')


def joined(*items: str | bytes) -> bytes:
    return b",".join(item if isinstance(item, bytes) else item.encode() for item in items)


def landed(warehouse: Connection, client: Any, table: BronzeTable) -> LandingResult:
    (outcome,) = ingest_api(warehouse, client, [table])
    assert outcome.result is not None
    counts = outcome.result
    assert counts.rows_in == sum(astuple(counts)[1:4]) + counts.rows_quarantined
    return counts


def test_rows_of_the_crm_that_cannot_be_read(server: LocalServer, warehouse: Connection) -> None:
    good = ['{"ID": "1", "DATE_MODIFY": "2026-05-14T10:58:41+03:00"}', '{"ID": "7000"}']
    texts = [text for text, _ in MENDED]
    server.queue = [batch_of(joined(good[0], *HOSTILE, *texts, good[1]))]
    result = landed(warehouse, portal(server), crm.LEAD)
    assert (result.rows_in, result.rows_new) == (len(HOSTILE) + 5, 5)
    assert result.rows_quarantined == len(HOSTILE)
    found = warehouse.execute(
        "select _repairs[1] from raw_crm.lead where _repairs is not null order by id"
    ).fetchall()
    assert [rule for (rule,) in found] == [rule for _, rule in MENDED]
    assert read_cursor(warehouse, crm.LEAD) == "2026-05-14T10:58:41+03:00"


def test_a_full_page_that_ends_without_an_id_goes_on(
    server: LocalServer, warehouse: Connection
) -> None:
    """The portal's next command refers to the ID of the row that has none."""

    def answer(call: Call) -> Reply:
        asked = call.json["cmd"]
        last = int(asked["c0"].partition("filter%5B%3EID%5D=")[2].partition("&")[0])
        if last >= 49:
            return Reply({"result": {"result": {"c0": [{"ID": "60"}]}}, "time": {}})
        page: list[Any] = [{"ID": str(n)} for n in range(1, 50)]
        pages = {name: [*page, {"ID": None}] for name in asked}
        return Reply({"result": {"result": pages}, "time": {}})

    server.responder = answer
    result = landed(warehouse, portal(server), crm.LEAD)
    assert (result.rows_new, result.rows_quarantined) == (50, 1)


@pytest.mark.parametrize("shape", ['"text"', "7", "true", '{"items": "text"}'])
def test_an_answer_of_another_shape_names_the_variable(
    server: LocalServer, warehouse: Connection, shape: str
) -> None:
    server.queue = [Reply(b'{"result": {"result": {"c0": ' + shape.encode() + b"}}}")]
    with pytest.raises(SourceError, match=r"^CRM_WEBHOOK_URL: crm\.lead\.list: an answer"):
        landed(warehouse, portal(server), crm.LEAD)
    server.queue = [Reply(b'{"result": ' + shape.encode() + b"}")]
    with pytest.raises(SourceError, match=r"^CRM_WEBHOOK_URL: crm\.status\.list: an answer"):
        landed(warehouse, portal(server), crm.STATUS)


@pytest.mark.parametrize("status", [400, 500])
def test_an_error_told_in_broken_letters_can_be_printed(
    server: LocalServer, warehouse: Connection, status: int
) -> None:
    told = b'{"error": "BAD", "error_description": "\xd0 \\ud800"}'
    server.responder = lambda call: Reply(told, status=status)
    with pytest.raises(SourceError, match="BAD \ufffd \ufffd") as caught:
        landed(warehouse, portal(server), crm.LEAD)
    assert str(caught.value).encode()


def test_a_refused_row_of_a_dictionary_is_not_deleted(
    server: LocalServer, warehouse: Connection
) -> None:
    server.queue = [Reply({"result": [{"ID": "1"}, {"ID": "2"}]})]
    landed(warehouse, portal(server), crm.STATUS)
    server.queue = [Reply(b'{"result": [{"ID": "1"}, {"ID": "2", "SORT": "much"}, null]}')]
    result = landed(warehouse, portal(server), crm.STATUS)
    assert (result.rows_deleted, result.rows_quarantined) == (0, 2)


def test_letters_that_cannot_be_read(server: LocalServer, warehouse: Connection) -> None:
    def answer(call: Call) -> Reply:
        if call.path.endswith("access_token"):
            return Reply({"access_token": CANARY, "expires_in": "soon"})
        deep = "[" * 2_000 + "]" * 2_000
        items = f'{{"id": "a"}}, null, [], {{"id": {{"x": 1}}}}, {{"id": null}}, {{"id": {deep}}}'
        return Reply(f'[{items}, {{"id": "b", "tracking": []}}]'.encode())

    server.responder = answer
    client = SendPulse("id", CANARY, server.url, session=session("SENDPULSE_API_URL"))
    result = landed(warehouse, client, esp.SENDPULSE_EMAIL)
    assert (result.rows_in, result.rows_new, result.rows_quarantined) == (7, 2, 5)


def test_deliveries_that_cannot_be_read(server: LocalServer, warehouse: Connection) -> None:
    campaigns = [None, 5, {"id": None}, {"id": {"a": 1}}, {"id": 8, "status": "completed"}]
    good = ["ivan@mail.example", "ok_sent", "2026-05-01 10:00:00"]
    data: list[Any] = [good, None, 5, [], [*good, "more"], [None, "x", ""], [{"a": 1}, "x", ""]]

    def answer(call: Call) -> Reply:
        if call.path.endswith("getCampaigns"):
            return Reply({"result": campaigns})
        return Reply({"result": {"fields": ["email", "send_result", "last_update"], "data": data}})

    server.responder = answer
    client = UniSender(CANARY, f"{server.url}/api", session=session("UNISENDER_API_URL"))
    told = landed(warehouse, client, esp.UNISENDER_CAMPAIGN)
    assert (told.rows_new, told.rows_quarantined) == (1, 4)
    result = landed(warehouse, client, esp.UNISENDER_DELIVERY)
    assert (result.rows_in, result.rows_new, result.rows_quarantined) == (7, 1, 6)
    data.clear()
    for shape in ("text", {"fields": "x", "data": []}, {"fields": [], "data": {"a": 1}}):
        server.queue = [Reply({"result": campaigns}), Reply({"result": shape})]
        with pytest.raises(SourceError, match=r"^UNISENDER_API_URL: getCampaignDeliveryStats"):
            landed(warehouse, client, esp.UNISENDER_DELIVERY)


def test_days_of_vk_that_cannot_be_read(server: LocalServer, warehouse: Connection) -> None:
    clock = FakeClock(datetime(2026, 5, 4, 9, tzinfo=UTC).timestamp())
    http = HttpSession("VK_ADS_API_URL", clock=clock, timeout=(2, 5))
    days_read = Calendar(since=date(2026, 4, 1), clock=clock)
    vk = VkAds(CANARY, server.url, calendar=days_read, session=http)
    good = {"date": "2026-05-03", "base": {"spent": "1.50", "shows": 1, "clicks": 1}}
    days: list[Any] = [good]

    def answer(call: Call) -> Reply:
        if call.path.endswith("ad_plans.json"):
            return Reply({"items": [{"id": 1, "name": "a"}, None, {"name": "without"}]})
        return Reply({"items": [{"id": 1, "rows": days}, None, {"id": 2, "rows": "text"}]})

    server.responder = answer
    first = _ads(warehouse, vk)
    assert (first.rows_new, first.rows_quarantined) == (1, 4)
    days[:] = [{**good, "base": "text"}, None, {"date": None, "base": good["base"]}]
    second = _ads(warehouse, vk)
    assert (second.rows_deleted, second.rows_quarantined) == (0, 7), "it is there, if unread"


def _ads(warehouse: Connection, reader: Any) -> LandingResult:
    (outcome,) = ingest_ads(warehouse, [reader], [CAMPAIGN_COST])
    assert outcome.result is not None
    return outcome.result


def test_broken_letters_in_a_report_of_direct(server: LocalServer, warehouse: Connection) -> None:
    lines = ["\t".join(FIELDS)]
    lines += [f"2026-05-0{n}\t{n}\tname\tTEXT\tSEARCH\t1\t1\t0\t1.00" for n in (1, 2)]
    report = "\n".join([*lines, "Total rows: 2", ""]).encode().replace(b"name", b"n\xd0", 1)

    def answer(call: Call) -> Reply:
        if call.path.endswith("clients"):
            return Reply({"result": {"Clients": [{"Login": "shop", "Currency": "RUB"}]}})
        return Reply(report)

    server.responder = answer
    clock = FakeClock(datetime(2026, 5, 4, 9, tzinfo=UTC).timestamp())
    http = HttpSession("YANDEX_DIRECT_API_URL", clock=clock, timeout=(2, 5))
    reader = YandexDirect(CANARY, server.url, calendar=Calendar(clock=clock), session=http)
    assert _ads(warehouse, reader).rows_new == 2
    found = warehouse.execute(
        "select campaign_name, _repairs from raw_ads.campaign_cost order by day"
    ).fetchall()
    assert found == [("n\ufffd", ["undecodable_bytes"]), ("name", None)]
