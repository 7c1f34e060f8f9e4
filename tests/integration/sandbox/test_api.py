"""The pipeline's own clients against the stub APIs on a real socket, data in PostgreSQL."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import requests
import uvicorn

from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import HttpSession
from omni_pipeline.errors import SourceError
from omni_pipeline.sandbox import api
from omni_pipeline.sources.crm import tables as crm
from omni_pipeline.sources.crm.client import Bitrix24
from omni_pipeline.sources.esp import tables as esp
from omni_pipeline.sources.esp.sendpulse import SendPulse
from omni_pipeline.sources.esp.unisender import UniSender
from tests.local_http import FakeClock
from tests.rows import accepted

CONTACTS = 730
START = datetime(2026, 5, 1, tzinfo=UTC)
OFFSET = "+03:00"


def local(moment: datetime) -> str:
    return (moment + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S") + OFFSET


def entities() -> Iterator[tuple[str, int, datetime, dict[str, Any]]]:
    for number in range(1, CONTACTS + 1):
        at = START + timedelta(minutes=number)
        contact: dict[str, Any] = {
            "ID": str(number),
            "NAME": f"Имя {number}",
            "DATE_MODIFY": local(at),
            "UF_SITE_MEMBER_ID": str(number),
            "COMMENTS": "not asked for",
            "PHONE": [{"ID": "1", "VALUE": f"+7900{number:07}", "TYPE_ID": "PHONE"}],
        }
        yield "contact", number, at, contact
    for kind, stage in (("stage_history_lead", "STATUS_ID"), ("stage_history_deal", "STAGE_ID")):
        for number in range(1, 61):
            at = START + timedelta(hours=number)
            item = {"ID": number, "OWNER_ID": 1, "CREATED_TIME": local(at), stage: "NEW"}
            yield kind, number, at, item
    for number in range(1, 121):
        yield "status", number, START, {"ID": str(number), "ENTITY_ID": "SOURCE"}
    for number in (11, 12):
        campaign = {"id": number, "subject": "Тема", "status": "completed"}
        yield "unisender_campaign", number, START, campaign
    for number in range(1, 41):
        at = START + timedelta(hours=number)
        yield (
            "unisender_delivery",
            number,
            at,
            {
                "campaign_id": 11 + number % 2,
                "email": f"p{number}@example.com",
                "send_result": "ok_read",
                "last_update": at.strftime("%Y-%m-%d %H:%M:%S"),
            },
        )
    for number in range(1, 251):
        at = START + timedelta(hours=number)
        yield (
            "sendpulse_email",
            number,
            at,
            {
                "id": f"letter-{number}",
                "recipient": f"p{number}@example.com",
                "send_date": at.strftime("%Y-%m-%d %H:%M:%S"),
                "tracking": {"open": 1, "click": 0},
            },
        )


@dataclass
class Stub:
    """A running stub with its fault plan, its clock and clients made from its environment."""

    url: str
    plan: api.FaultPlan
    clock: FakeClock

    def session(self, variable: str, bucket: TokenBucket | None = None) -> HttpSession:
        return HttpSession(variable, clock=self.clock, bucket=bucket, timeout=(2, 10))

    def bitrix(self, bucket: TokenBucket | None = None) -> Bitrix24:
        address = api.credentials(self.url)["CRM_WEBHOOK_URL"]
        return Bitrix24(address, session=self.session("CRM_WEBHOOK_URL", bucket))

    def unisender(self) -> UniSender:
        settings = api.credentials(self.url)
        return UniSender(
            settings["UNISENDER_API_KEY"],
            settings["UNISENDER_API_URL"],
            session=self.session("UNISENDER_API_URL"),
        )

    def sendpulse(self) -> SendPulse:
        settings = api.credentials(self.url)
        return SendPulse(
            settings["SENDPULSE_CLIENT_ID"],
            settings["SENDPULSE_CLIENT_SECRET"],
            settings["SENDPULSE_API_URL"],
            session=self.session("SENDPULSE_API_URL"),
        )


@pytest.fixture(scope="module")
def portal_url(server_url: str) -> Iterator[str]:
    name = "stub_portal"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    url = server_url.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "create table entity (kind text, id bigint, modified_at timestamptz, "
            "payload jsonb, primary key (kind, id))"
        )
        with connection.cursor().copy("copy entity from stdin") as copy:
            for kind, number, at, payload in entities():
                copy.write_row([kind, number, at, json.dumps(payload)])
    yield url
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def stub(portal_url: str) -> Iterator[Stub]:
    plan, clock = api.FaultPlan(), FakeClock()
    application = api.app(portal_url, plan=plan, clock=clock, token_seconds=1800)
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Stub(f"http://127.0.0.1:{port}", plan, clock)
    server.should_exit = True
    thread.join()


def contact_ids(client: Bitrix24, since: datetime | int | None = None) -> list[int]:
    return [int(row["id"]) for row in accepted(client.rows(crm.CONTACT, since))]


def test_all_contacts_with_phones_and_user_fields(stub: Stub) -> None:
    rows = list(accepted(stub.bitrix().rows(crm.CONTACT)))
    assert [int(row["id"]) for row in rows] == list(range(1, CONTACTS + 1))
    assert rows[9]["phone"][0]["VALUE"] == "+79000000010"
    assert rows[9]["uf"] == {"UF_SITE_MEMBER_ID": "10"}
    assert "COMMENTS" not in rows[9]["payload"]


@pytest.mark.parametrize("first", [1, 2, 681, 682, 700, CONTACTS, CONTACTS + 1])
def test_a_window_starts_exactly_at_its_border(stub: Stub, first: int) -> None:
    since = START + timedelta(minutes=first)
    assert contact_ids(stub.bitrix(), since) == list(range(first, CONTACTS + 1))


def test_history_and_dictionaries(stub: Stub) -> None:
    client = stub.bitrix()
    rows = list(accepted(client.rows(crm.STAGE_HISTORY)))
    keys = [(row["entity_type_id"], row["id"]) for row in rows]
    assert keys == [(kind, number) for kind in (1, 2) for number in range(1, 61)]
    assert {row["stage_id"] for row in rows} == {"NEW"}
    late = accepted(client.rows(crm.STAGE_HISTORY, START + timedelta(hours=58)))
    assert [row["id"] for row in late] == [58, 59, 60, 58, 59, 60]
    assert [int(row["id"]) for row in accepted(client.rows(crm.STATUS))] == list(range(1, 121))
    assert str(CONTACTS) in client.check()


@pytest.mark.parametrize(
    "fault",
    [
        "html",
        "unavailable",
        "query_limit",
        "operation_limit",
        "operation_limit_iso",
        "retry_after",
        "truncated",
        "reset",
        "no_result",
        "command_error",
    ],
)
def test_no_contact_is_lost_or_doubled_by_a_fault(stub: Stub, fault: str) -> None:
    stub.plan.add(fault, fault, None, None, times=10)
    assert contact_ids(stub.bitrix()) == list(range(1, CONTACTS + 1))
    assert len(stub.plan) < 40
    if fault.startswith("operation_limit"):
        assert min(stub.clock.slept) >= 480


def test_a_mixed_bad_day(stub: Stub) -> None:
    stub.plan.add("html", "query_limit", None, "reset", "command_error", "operation_limit", times=4)
    assert contact_ids(stub.bitrix()) == list(range(1, CONTACTS + 1))
    assert len(stub.plan) < 12


def test_the_bucket_overflows_for_an_unpaced_client_only(stub: Stub) -> None:
    url = api.credentials(stub.url)["CRM_WEBHOOK_URL"] + "server.time"
    codes = [requests.post(url, timeout=5).status_code for _ in range(52)]
    assert codes == [200] * 50 + [503] * 2
    stub.clock.unix += 1000
    paced = stub.bitrix(TokenBucket(1.9, 45, stub.clock))
    for _ in range(60):
        paced.check()
    # 15 calls beyond the burst at 1.9 a second, and no backing off.
    assert sum(stub.clock.slept) == pytest.approx(15 / 1.9)


def test_a_wrong_secret_is_refused(stub: Stub) -> None:
    client = Bitrix24(f"{stub.url}/rest/1/wrong0secret/", session=stub.session("CRM_WEBHOOK_URL"))
    with pytest.raises(SourceError, match=r"^CRM_WEBHOOK_URL: .*NO_AUTH_FOUND") as caught:
        client.check()
    assert "wrong0secret" not in str(caught.value)


def test_offset_paging_counts_and_moving_paging_does_not(stub: Stub) -> None:
    url = api.credentials(stub.url)["CRM_WEBHOOK_URL"] + "crm.contact.list"

    def ask(**parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = requests.post(url, json=parameters, timeout=5).json()
        return answer

    first = ask()
    assert (first["total"], first["next"], len(first["result"])) == (CONTACTS, 50, 50)
    assert "PHONE" not in first["result"][0]
    assert "UF_SITE_MEMBER_ID" not in first["result"][0]
    last = ask(start=700, select=["ID", "PHONE"])
    assert (len(last["result"]), "next" in last) == (30, False)
    assert set(last["result"][0]) == {"ID", "PHONE"}
    moving = ask(start=-1, filter={">ID": 728}, order={"ID": "DESC"})
    assert [item["ID"] for item in moving["result"]] == ["730", "729"]
    assert (moving["total"], "next" in moving) == (0, False)
    until = ask(filter={"<DATE_MODIFY": local(START + timedelta(minutes=3))})
    assert [item["ID"] for item in until["result"]] == ["1", "2"]


def test_batch_errors_have_the_portals_shapes(stub: Stub) -> None:
    url = api.credentials(stub.url)["CRM_WEBHOOK_URL"] + "batch"
    commands = {"a": "crm.contact.list?select[]=ID", "b": "crm.nothing", "c": "server.time"}
    halted = requests.post(url, json={"halt": 1, "cmd": commands}, timeout=5).json()["result"]
    assert set(halted["result"]) == {"a"}
    assert halted["result_error"]["b"]["error"] == "ERROR_METHOD_NOT_FOUND"
    whole = requests.post(url, json={"halt": 0, "cmd": commands}, timeout=5).json()["result"]
    assert set(whole["result"]) == {"a", "c"}
    nothing = requests.post(url, json={"cmd": {}}, timeout=5).json()["result"]
    assert (nothing["result"], nothing["result_error"]) == ([], [])
    long = requests.post(url, json={"cmd": {f"c{n}": "x" for n in range(51)}}, timeout=5)
    assert (long.status_code, long.json()["error"]) == (400, "ERROR_BATCH_LENGTH_EXCEEDED")


def test_unisender(stub: Stub) -> None:
    client = stub.unisender()
    assert [row["id"] for row in accepted(client.rows(esp.UNISENDER_CAMPAIGN))] == [11, 12]
    stub.plan.add("retry_later", "html", None, "call_limit", "reset")
    rows = list(accepted(client.rows(esp.UNISENDER_DELIVERY)))
    assert sorted(row["email"] for row in rows) == sorted(f"p{n}@example.com" for n in range(1, 41))
    late = accepted(client.rows(esp.UNISENDER_DELIVERY, START + timedelta(hours=39)))
    assert {row["email"] for row in late} == {"p39@example.com", "p40@example.com"}
    wrong = UniSender(
        "wrong0key", f"{stub.url}/unisender/ru/api", session=stub.session("UNISENDER_API_URL")
    )
    with pytest.raises(SourceError, match=r"^UNISENDER_API_KEY: "):
        wrong.check()


def test_sendpulse(stub: Stub) -> None:
    client = stub.sendpulse()
    assert client.check() == "SendPulse answers; 250 letters can be read"
    stub.plan.add("unauthorized", None, "retry_after", "truncated", "reset")
    rows = [row["id"] for row in accepted(client.rows(esp.SENDPULSE_EMAIL))]
    assert rows == [f"letter-{n}" for n in range(250, 0, -1)]
    # The stub's tokens die before the hour they promise.
    stub.clock.unix += 1801
    since = START + timedelta(days=10)
    late = list(accepted(client.rows(esp.SENDPULSE_EMAIL, since)))
    assert [row["id"] for row in late] == [f"letter-{n}" for n in range(250, 239, -1)]
    assert list(client.rows(esp.SENDPULSE_CAMPAIGN)) == []
