"""VK Ads: campaigns with their names, statistics by day, limits of a call, refusals."""

import logging
import traceback
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from omni_pipeline.api.session import HttpSession
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads.periods import Calendar
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST
from omni_pipeline.sources.ads.vk_ads import VkAds
from omni_pipeline.sources.ads.vk_application import Application
from omni_pipeline.values import CONVERTERS, convert_row
from tests.local_http import HTML, TRUNCATED, Call, FakeClock, LocalServer, Reply, recorded

TOKEN = "vk2.a.canary"
SECRET, WRONG = "secret-canary", "other-canary"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 5, 4, 9, tzinfo=UTC).timestamp())


@pytest.fixture
def vk(server: LocalServer, clock: FakeClock) -> VkAds:
    session = HttpSession("VK_ADS_API_URL", clock=clock, timeout=(2, 5))
    return VkAds(TOKEN, server.url, calendar=Calendar(clock=clock), session=session)


def account(call: Call) -> Reply:
    name = "vk_ad_plans" if call.path.endswith("ad_plans.json") else "vk_statistics"
    return Reply(recorded(f"ads/{name}.json"))


def rows_of(vk: VkAds) -> list[dict[str, Any]]:
    reading = vk.read("2026-05-04", False)
    return [dict(row) for row in reading.rows if isinstance(row, dict)]


def test_days_of_campaigns(server: LocalServer, vk: VkAds) -> None:
    server.responder = account
    first, second = rows_of(vk)
    told = {name: value for name, value in first.items() if value is not None}
    assert told == {
        "provider": "vk_ads",
        "account": "main",
        "campaign_id": "9001001",
        "campaign_name": "скидки_ноябрь",
        "network": "",
        "day": "2026-05-03",
        "impressions": 1200,
        "clicks": 14,
        "conversions": 1,
        "cost": "412.35",
        "currency": "RUB",
        "vat_included": False,
        "vat_rate": Decimal(22),
    }
    assert (second["campaign_id"], second["conversions"]) == ("9001002", 2)
    plans, statistics = server.calls
    assert "deleted" in plans.query["_status__in"], "what a deleted campaign cost stays cost"
    assert statistics.query["id"] == "9001001,9001002"
    assert statistics.query["date_from"] == "2026-04-04"
    kinds = CAMPAIGN_COST.columns
    converters = [CONVERTERS[kind] for kind in kinds.values()]
    assert convert_row([first[name] for name in kinds], converters, list(kinds))[1] == []


def test_only_listed_campaigns_can_lose_a_day(server: LocalServer, vk: VkAds) -> None:
    server.responder = account
    scope = vk.read("2026-05-04", False).scope
    assert scope is not None
    assert scope.values["campaign_id"] == ("9001001", "9001002")
    assert (scope.first, scope.last) == (date(2026, 4, 4), date(2026, 5, 4))


def test_a_call_asks_for_no_more_than_allowed(server: LocalServer, vk: VkAds) -> None:
    def many(call: Call) -> Reply:
        if not call.path.endswith("/ad_plans.json"):
            return Reply({"items": []})
        limit, offset = int(call.query["limit"]), int(call.query["offset"])
        return Reply({"items": [{"id": n, "name": "x"} for n in range(430)[offset:][:limit]]})

    server.responder = many
    assert list(vk.read(None, False).rows) == []
    asked = [call.query for call in server.calls if "statistics" in call.path]
    assert max(len(query["id"].split(",")) for query in asked) == 50
    spans = {(query["date_from"], query["date_to"]) for query in asked}
    days = [
        day
        for first, last in sorted(spans)
        for day in range(
            date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1
        )
    ]
    assert (
        max(
            date.fromisoformat(last).toordinal() - date.fromisoformat(first).toordinal()
            for first, last in spans
        )
        == 91
    )
    assert days == list(range(date(2025, 5, 4).toordinal(), date(2026, 5, 4).toordinal() + 1))
    assert {number for query in asked for number in query["id"].split(",")} == {
        str(number) for number in range(430)
    }


@pytest.mark.parametrize(
    "fault", [HTML, TRUNCATED, Reply({}), Reply({"error": {"code": "limit"}}, 429)]
)
def test_faults_lose_and_double_nothing(server: LocalServer, vk: VkAds, fault: Reply) -> None:
    calls = iter(range(100))
    server.responder = lambda call: fault if next(calls) % 2 == 0 else account(call)
    assert len(rows_of(vk)) == 2


def test_a_refused_token_is_named_and_hidden(
    server: LocalServer, vk: VkAds, caplog: pytest.LogCaptureFixture
) -> None:
    told: dict[str, Any] = recorded("ads/vk_bad_token.json")
    told["error"]["message"] += f" {TOKEN}"
    server.queue = [Reply(told, 401)]
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        vk.check()
    assert str(caught.value) == (
        "VK_ADS_TOKEN: VK Ads refuses the token (expired_token Access token is expired ***)"
    )
    assert TOKEN not in caplog.text + "".join(traceback.format_exception(caught.value))


def test_check(server: LocalServer, vk: VkAds) -> None:
    server.responder = account
    assert vk.check() == "VK Ads answers; 2 campaigns can be read"


@pytest.mark.parametrize(
    ("reply", "variable"),
    [
        (Reply(b"", 403), "VK_ADS_TOKEN"),
        (HTML, "VK_ADS_API_URL"),
        (Reply(b"", 404), "VK_ADS_API_URL"),
    ],
)
def test_the_setting_to_look_at(
    server: LocalServer, vk: VkAds, reply: Reply, variable: str
) -> None:
    server.responder = lambda call: reply
    with pytest.raises(SourceError) as caught:
        vk.check()
    assert caught.value.variable == variable


class Account:
    """VK's side of an application: five tokens at most, read by any that stands."""

    def __init__(self, tokens: int = 0) -> None:
        self.tokens = [f"older{n}" for n in range(tokens)]
        self.issued = 0

    def __call__(self, call: Call) -> Reply:
        if call.path.endswith("oauth2/token/delete.json"):
            self.tokens.clear()
            return Reply(b"", 204)
        if call.path.endswith("oauth2/token.json"):
            assert call.form["grant_type"] == "client_credentials"
            if call.form["client_secret"] != SECRET:
                told = {"error": "invalid_client", "error_description": call.form["client_secret"]}
                return Reply(told, 401)
            if len(self.tokens) >= 5:
                return Reply({"error": "token_limit_exceeded"}, 403)
            self.issued += 1
            self.tokens.append(f"token-canary-{self.issued}")
            return Reply({"access_token": self.tokens[-1], "expires_in": "86400"})
        if call.headers["Authorization"].removeprefix("Bearer ") not in self.tokens:
            return Reply(recorded("ads/vk_bad_token.json"), 401)
        return account(call)


def by_application(server: LocalServer, clock: FakeClock, secret: str = "secret-canary") -> VkAds:
    session = HttpSession("VK_ADS_API_URL", clock=clock, timeout=(2, 5))
    application = Application("id", secret)
    return VkAds(application, server.url, calendar=Calendar(clock=clock), session=session)


def test_an_application_signs_in_once(server: LocalServer, clock: FakeClock) -> None:
    server.responder = there = Account()
    vk = by_application(server, clock)
    assert len(rows_of(vk)) == 2
    assert vk.check()
    assert there.issued == 1


def test_the_sixth_token_takes_the_place_of_all(server: LocalServer, clock: FakeClock) -> None:
    server.responder = there = Account(tokens=5)
    assert by_application(server, clock).check()
    assert there.tokens == ["token-canary-1"]


def test_a_token_that_ended_early_is_asked_for_again(server: LocalServer, clock: FakeClock) -> None:
    server.responder = there = Account()
    vk = by_application(server, clock)
    vk.check()
    there.tokens.clear()
    assert len(rows_of(vk)) == 2
    assert there.issued == 2


def test_a_wrong_secret_is_named_and_hidden(server: LocalServer, clock: FakeClock) -> None:
    server.responder = Account()
    with pytest.raises(SourceError) as caught:
        by_application(server, clock, WRONG).check()
    assert str(caught.value) == (
        "VK_ADS_CLIENT_SECRET: VK Ads refuses the application (invalid_client ***)"
    )
    assert WRONG not in "".join(traceback.format_exception(caught.value))


def test_no_access_at_all_is_said_after_one_deletion(server: LocalServer, clock: FakeClock) -> None:
    server.responder = lambda call: (
        Reply(b"", 204) if call.path.endswith("delete.json") else Reply({"error": "denied"}, 403)
    )
    with pytest.raises(SourceError, match=r"^VK_ADS_CLIENT_SECRET: .*is access to the API granted"):
        by_application(server, clock).check()
    assert len(server.calls) == 3
