"""UniSender and SendPulse clients against recorded answers and every fault they are known for."""

import logging
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from omni_pipeline.api.session import HttpSession
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.esp import tables
from omni_pipeline.sources.esp.sendpulse import SendPulse
from omni_pipeline.sources.esp.unisender import UniSender
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
from tests.rows import accepted

KEY = "uni0key0secret"
CLIENT_SECRET = "pulse0secret"


@pytest.fixture
def unisender(server: LocalServer, clock: FakeClock) -> UniSender:
    session = HttpSession("UNISENDER_API_URL", clock=clock, timeout=(2, 5))
    return UniSender(KEY, f"{server.url}/ru/api", session=session)


@pytest.fixture
def sendpulse(server: LocalServer, clock: FakeClock) -> SendPulse:
    session = HttpSession("SENDPULSE_API_URL", clock=clock, timeout=(2, 5))
    return SendPulse("pulse-id", CLIENT_SECRET, server.url, session=session)


def unisender_account(call: Call) -> Reply:
    method = call.path.rpartition("/")[2]
    if method == "getCampaigns":
        return Reply(recorded("esp/unisender_campaigns.json"))
    return Reply(recorded(f"esp/unisender_delivery_{call.form['campaign_id']}.json"))


class Letters:
    """An account with `count` letters, newest first; `arriving` more come with each call."""

    def __init__(self, count: int, arriving: int = 0) -> None:
        self.newest = count
        self.arriving = arriving
        self.tokens = 0
        self.refused: set[str] = set()

    def answer(self, call: Call) -> Reply:
        if call.path == "/oauth/access_token":
            self.tokens += 1
            return Reply({"access_token": f"token{self.tokens}secret", "expires_in": 3600})
        if call.headers["Authorization"].removeprefix("Bearer ") in self.refused:
            return Reply(recorded("esp/sendpulse_unauthorized.json"), 401)
        limit, offset = int(call.query["limit"]), int(call.query["offset"])
        found = range(self.newest, 0, -1)[offset : offset + limit]
        self.newest += self.arriving
        return Reply([{"id": str(n), "send_date": "2026-05-03 09:00:00"} for n in found])


def test_unisender_campaigns(server: LocalServer, unisender: UniSender) -> None:
    server.responder = unisender_account
    rows = list(accepted(unisender.rows(tables.UNISENDER_CAMPAIGN)))
    assert [row["id"] for row in rows] == [5001, 5002, 5003]
    assert set(rows[0]) == set(tables.UNISENDER_CAMPAIGN.stored_columns)
    assert rows[0]["start_time"] == "2026-05-04 07:00:00"
    assert rows[0]["payload"]["sender_email"] == "news@example.com"


def test_unisender_deliveries_of_sent_campaigns(server: LocalServer, unisender: UniSender) -> None:
    server.responder = unisender_account
    rows = list(unisender.rows(tables.UNISENDER_DELIVERY))
    # Columns are taken by the answer's own header; 5003 lists them in another order.
    assert rows == [
        {
            "campaign_id": 5001,
            "email": "maria@example.com",
            "phone": None,
            "send_result": "ok_link_visited",
            "last_update": "2026-05-04 08:12:40",
        },
        {
            "campaign_id": 5001,
            "email": "ivan@example.com",
            "phone": None,
            "send_result": "err_user_unknown",
            "last_update": "2026-05-04 07:00:31",
        },
        {
            "campaign_id": 5003,
            "email": "maria@example.com",
            "phone": None,
            "send_result": "ok_read",
            "last_update": "2026-05-11 09:00:00",
        },
    ]
    assert all("changed_since" not in call.form for call in server.calls)


def test_unisender_window_is_in_utc_and_the_key_stays_out_of_the_address(
    server: LocalServer, unisender: UniSender
) -> None:
    server.responder = unisender_account
    moscow = timezone(timedelta(hours=3))
    list(unisender.rows(tables.UNISENDER_DELIVERY, datetime(2026, 5, 4, 1, 30, tzinfo=moscow)))
    assert server.calls[1].form["changed_since"] == "2026-05-03 22:30:00"
    assert all(call.form["api_key"] == KEY for call in server.calls)
    assert all(KEY not in call.path + str(call.query) for call in server.calls)


def test_unisender_reads_all_pages_of_campaigns(server: LocalServer, unisender: UniSender) -> None:
    def many(call: Call) -> Reply:
        limit, offset = int(call.form["limit"]), int(call.form["offset"])
        return Reply({"result": [{"id": n} for n in range(2300)[offset : offset + limit]]})

    server.responder = many
    rows = accepted(unisender.rows(tables.UNISENDER_CAMPAIGN))
    assert [row["id"] for row in rows] == list(range(2300))


PASSING: dict[str, Reply] = {
    "html": HTML,
    "truncated": TRUNCATED,
    "reset": RESET,
    "half": HALF,
    "503": Reply(b"", 503),
    "retry_later": Reply(recorded("esp/unisender_retry_later.json")),
    "call_limit": Reply(recorded("esp/unisender_call_limit.json")),
    "no_result": Reply({}),
}


@pytest.mark.parametrize("fault", PASSING)
def test_unisender_faults_lose_and_double_nothing(
    server: LocalServer, unisender: UniSender, clock: FakeClock, fault: str
) -> None:
    calls = iter(range(100))

    def sometimes(call: Call) -> Reply:
        return PASSING[fault] if next(calls) % 2 == 0 else unisender_account(call)

    server.responder = sometimes
    rows = accepted(unisender.rows(tables.UNISENDER_DELIVERY))
    assert [(row["campaign_id"], row["email"]) for row in rows] == [
        (5001, "maria@example.com"),
        (5001, "ivan@example.com"),
        (5003, "maria@example.com"),
    ]
    if fault == "call_limit":
        assert min(clock.slept) >= 20


def test_unisender_names_the_key_that_is_refused(
    server: LocalServer, unisender: UniSender, caplog: pytest.LogCaptureFixture
) -> None:
    refusal: dict[str, Any] = recorded("esp/unisender_invalid_key.json")
    server.queue = [Reply({**refusal, "error": f"key {KEY} is invalid"})]
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        unisender.check()
    assert str(caught.value) == (
        "UNISENDER_API_KEY: UniSender refuses the key "
        "(getCampaigns: invalid_api_key key *** is invalid)"
    )
    assert KEY not in caplog.text + "".join(traceback.format_exception(caught.value))


def test_unisender_check(server: LocalServer, unisender: UniSender) -> None:
    server.queue = [Reply(recorded("esp/unisender_no_campaigns.json"))]
    assert unisender.check() == "UniSender answers; no campaigns yet can be read"


def test_sendpulse_letters_and_campaigns(server: LocalServer, sendpulse: SendPulse) -> None:
    server.queue = [
        Reply(recorded("esp/sendpulse_token.json")),
        Reply(recorded("esp/sendpulse_emails.json")),
        Reply(recorded("esp/sendpulse_campaigns.json")),
    ]
    first, second = accepted(sendpulse.rows(tables.SENDPULSE_EMAIL))
    assert set(first) == set(tables.SENDPULSE_EMAIL.stored_columns)
    assert (first["opened"], first["clicked"]) == (2, 1)
    # PHP writes an empty tracking map as a list, and an unanswered letter has an empty code.
    assert (second["opened"], second["clicked"], second["smtp_answer_code"]) == (None, None, None)
    (campaign,) = accepted(sendpulse.rows(tables.SENDPULSE_CAMPAIGN))
    assert set(campaign) == set(tables.SENDPULSE_CAMPAIGN.stored_columns)
    assert campaign["name"] == "Скидки мая"
    assert server.calls[0].json["grant_type"] == "client_credentials"
    assert len(server.calls) == 3


def test_rows_fit_the_warehouse(server: LocalServer, sendpulse: SendPulse) -> None:
    server.queue = [
        Reply(recorded("esp/sendpulse_token.json")),
        Reply(recorded("esp/sendpulse_emails.json")),
    ]
    kinds = tables.SENDPULSE_EMAIL.stored_columns
    converters = [CONVERTERS[kind] for kind in kinds.values()]
    for row in accepted(sendpulse.rows(tables.SENDPULSE_EMAIL)):
        _, repairs = convert_row([row[name] for name in kinds], converters, list(kinds))
        assert repairs == []


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 350])
def test_sendpulse_pages(server: LocalServer, sendpulse: SendPulse, count: int) -> None:
    server.responder = Letters(count).answer
    rows = [int(row["id"]) for row in accepted(sendpulse.rows(tables.SENDPULSE_EMAIL))]
    assert rows == list(range(count, 0, -1))


def test_sendpulse_letters_that_arrive_while_reading_double_nothing(
    server: LocalServer, sendpulse: SendPulse
) -> None:
    server.responder = Letters(1000, arriving=7).answer
    rows = [int(row["id"]) for row in accepted(sendpulse.rows(tables.SENDPULSE_EMAIL))]
    assert rows == list(range(1000, 0, -1))


def test_sendpulse_window_is_a_day(server: LocalServer, sendpulse: SendPulse) -> None:
    server.responder = Letters(1).answer
    list(sendpulse.rows(tables.SENDPULSE_EMAIL, datetime(2026, 5, 3, 23, 0, tzinfo=UTC)))
    assert server.calls[1].query["from"] == "2026-05-03"


def test_sendpulse_renews_its_token_before_the_end(
    server: LocalServer, sendpulse: SendPulse, clock: FakeClock
) -> None:
    letters = Letters(1)
    server.responder = letters.answer
    list(sendpulse.rows(tables.SENDPULSE_EMAIL))
    clock.unix += 3500
    list(sendpulse.rows(tables.SENDPULSE_EMAIL))
    assert letters.tokens == 1
    clock.unix += 50
    list(sendpulse.rows(tables.SENDPULSE_EMAIL))
    assert letters.tokens == 2


def test_sendpulse_renews_a_token_that_is_refused_once(
    server: LocalServer, sendpulse: SendPulse
) -> None:
    letters = Letters(250)
    server.responder = letters.answer
    rows = accepted(sendpulse.rows(tables.SENDPULSE_EMAIL))
    found = [next(rows) for _ in range(150)]
    letters.refused.add("token1secret")
    found += rows
    assert [int(row["id"]) for row in found] == list(range(250, 0, -1))
    assert letters.tokens == 2


@pytest.mark.parametrize("form", ["credentials", "token"])
def test_sendpulse_names_the_secret_that_is_refused(
    server: LocalServer, sendpulse: SendPulse, caplog: pytest.LogCaptureFixture, form: str
) -> None:
    if form == "credentials":
        server.queue = [Reply(recorded("esp/sendpulse_invalid_client.json"), 401)]
    else:
        letters = Letters(1)
        letters.refused = {"token1secret", "token2secret"}
        server.responder = letters.answer
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        list(sendpulse.rows(tables.SENDPULSE_EMAIL))
    assert str(caught.value).startswith("SENDPULSE_CLIENT_SECRET: SendPulse refuses")
    everything = caplog.text + "".join(traceback.format_exception(caught.value))
    for hidden in (CLIENT_SECRET, "token1secret", "token2secret"):
        assert hidden not in everything


@pytest.mark.parametrize(
    "fault",
    [HTML, TRUNCATED, RESET, HALF, Reply(recorded("esp/sendpulse_too_many.json"), 429)],
    ids=["html", "truncated", "reset", "half", "429"],
)
def test_sendpulse_faults_lose_and_double_nothing(
    server: LocalServer, sendpulse: SendPulse, fault: Reply
) -> None:
    letters, calls = Letters(350), iter(range(100))

    def sometimes(call: Call) -> Reply:
        return fault if next(calls) % 2 == 0 else letters.answer(call)

    server.responder = sometimes
    rows = [int(row["id"]) for row in accepted(sendpulse.rows(tables.SENDPULSE_EMAIL))]
    assert rows == list(range(350, 0, -1))
