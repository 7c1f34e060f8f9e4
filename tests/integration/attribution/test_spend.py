"""Advertising cost hour by hour: published once, restated, taken away, kept back without a rate.

After every step the warehouse equals a rebuild and the data tests of cost hold.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.journey.conftest import told
from tests.integration.journey.costs import COSTS
from tests.integration.journey.facts import Row, rows
from tests.integration.journey.story import Story
from tests.replay.runner import Replay
from tests.replay.worlds import Landing

__all__ = ["told"]

DAY = "2026-03-01"
TESTS = ("assert_every_cost_is_spent_or_quarantined", "assert_hours_add_up_to_days")
Costs = dict[tuple[str, str], Row]


class Account:
    """Cost rows by campaign and day; `hour` lands them all and runs the models."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.costs: Costs = {}

    def put(self, campaign: str, day: str = DAY, **fields: Any) -> None:
        row: Row = {
            "provider": "yandex_direct", "account": "shop", "campaign_id": campaign,
            "campaign_name": f"Sofas {campaign}", "network": "search", "day": day, "cost": 100,
            "currency": "RUB", "vat_included": False, "vat_rate": 22, "impressions": 1000,
            "clicks": 10,
        }  # fmt: skip
        self.costs[campaign, day] = row | self.costs.get((campaign, day), {}) | fields

    def hour(self) -> None:
        self.replay.land([Landing(COSTS, list(self.costs.values()), complete=True)])
        self.replay.set_bound()
        self.replay.build()
        self.replay._dbt("test", "--select", *TESTS, "assert_changed_hours_add_up_to_facts")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in rows(self.replay.url, statement)]

    def spent(self) -> list[tuple[Any, ...]]:
        return self.query(
            "select campaign_id, net_kopecks, vat_kopecks from intermediate.int_ads__spend"
            " order by campaign_id, local_date"
        )


@pytest.fixture(scope="module")
def account(told: Replay) -> Account:
    """An account with two campaigns on one day, beside a few touches and orders."""
    story = Story(5)
    for _ in range(10):
        story.add_touch()
        story.add_conversion()
    story.tell(told.url)
    account = Account(told)
    account.put("1", cost=100.01)
    account.put("2", cost=0.07, campaign_name="RSYA_retarget", network="ad_network")
    account.hour()
    return account


def test_a_day_is_spread_over_its_hours(account: Account) -> None:
    assert account.spent() == [("1", 10001, 2200), ("2", 7, 2)]
    hours = account.query(
        "select hour_utc, spend_kopecks from marts.bl_omni_stats"
        " where campaign = 'sofas 1' and spend_kopecks <> 0 order by 1"
    )
    start = datetime(2026, 2, 28, 21, tzinfo=UTC)
    assert [hour for hour, _ in hours] == [start + timedelta(hours=n) for n in range(24)]
    assert sum(kopecks for _, kopecks in hours) == 10001
    assert {kopecks for _, kopecks in hours} == {416, 417}
    assert account.query(
        "select channel, source, campaign, sum(spend_kopecks)::int as spend,"
        " sum(customers)::int as customers, count(*)"
        " from marts.bl_omni_stats_local where local_date = '2026-03-01' and spend_kopecks <> 0"
        " group by 1, 2, 3 order by 3"
    ) == [
        ("Display", "yandex", "rsya_retarget", 7, 0, 7),
        ("Paid Search", "yandex", "sofas 1", 10001, 0, 24),
    ]


def test_a_restated_day_moves_its_hours_alone(account: Account) -> None:
    account.put("1", day="2026-03-02", cost=50)
    account.hour()
    account.put("1", cost=90, clicks=9)
    account.hour()
    assert account.spent() == [("1", 9000, 1980), ("1", 5000, 1100), ("2", 7, 2)]
    assert account.replay.differences_to_rebuild(by_flag=True) == []


def test_a_row_the_network_no_longer_gives_is_gone(account: Account) -> None:
    del account.costs["2", DAY]
    account.hour()
    assert account.spent() == [("1", 9000, 1980), ("1", 5000, 1100)]
    assert not account.query("select 1 from marts.bl_omni_stats where campaign = 'rsya_retarget'")


def test_without_a_rate_it_waits_in_quarantine(account: Account) -> None:
    account.put("3", currency="GBP", cost=10)
    account.put("1", currency="GBP")
    account.hour()
    waiting = "select campaign_id, reason, amount::text, currency from marts.spend_quarantine"
    assert account.query(f"{waiting} order by 1") == [
        ("1", "no exchange rate", "90", "GBP"),
        ("3", "no exchange rate", "10", "GBP"),
    ]
    assert account.spent() == [("1", 5000, 1100)]
    assert account.replay.differences_to_rebuild(by_flag=True) == []
    rates = account.replay.project.rows("exchange_rates")
    rate = {"currency": "GBP", "valid_from": "2026-01-01", "rate": "100"}
    account.replay.edit("exchange_rates", [*rates, rate])
    account.hour()
    assert account.query(waiting) == []
    assert account.spent() == [("1", 900000, 198000), ("1", 5000, 1100), ("3", 100000, 22000)]
    assert account.query("select sum(spend_kopecks)::int from marts.bl_omni_stats") == [(1005000,)]


def test_people_name_the_campaign(account: Account) -> None:
    names = account.replay.project.rows("campaign_names")
    line = {"provider": "yandex_direct", "campaign_id": "3", "campaign": "Beds", "brand": "second"}
    account.replay.edit("campaign_names", [*names, line])
    account.hour()
    assert account.query(
        "select brand, campaign, joined_by from intermediate.int_ads__spend order by 1, 2, 3"
    ) == [
        ("main", "sofas 1", "name"),
        ("main", "sofas 1", "name"),
        ("second", "beds", "campaign_names"),
    ]
    assert account.query(
        "select campaign, sum(spend_kopecks)::int from marts.bl_omni_stats"
        " where spend_kopecks <> 0 group by 1 order by 1"
    ) == [("beds", 100000), ("sofas 1", 905000)]
    assert account.replay.differences_to_rebuild(by_flag=True) == []
