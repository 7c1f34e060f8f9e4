"""What is behind every figure of the statistics and of performance adds up to it, for all readers.

Random facts and cost, among it cost that moves to calls.
"""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from omni_pipeline.attribution.figures import (
    FORMER,
    SHOWN,
    UnknownFigure,
    explain_cell,
    explain_day,
    in_words,
)
from tests.explained_shop import Warehouse
from tests.integration.journey.costs import COSTS
from tests.integration.journey.facts import Row
from tests.integration.journey.story import Story
from tests.replay.runner import Replay
from tests.replay.worlds import Landing

DAY = date(2026, 3, 1)
READER = "figures_reader"
# Calls to a number that two campaigns of the seed carry, and a visit of one of them.
CALLED: Row = {
    "customer_uuid": None, "at": "2026-03-01 10:00:00+00", "touch_type": "call", "source": "vk",
    "medium": "cpc", "campaign": "calls_vk", "channel": "Paid Social", "is_direct": False,
    "is_on_path": True, "direction": "in", "is_answered": True, "is_machine": False,
    "brand": "main", "region": "(unknown)", "source_priority": 1, "rule_id": "call_trunk",
    "about": None,
}  # fmt: skip
COST: Row = {
    "provider": "vk_ads", "account": "shop", "campaign_id": "9", "campaign_name": "retarget_cart",
    "network": "all", "day": "2026-03-01", "cost": 100.01, "currency": "RUB",
    "vat_included": False, "vat_rate": 22, "impressions": 1000, "clicks": 10,
}  # fmt: skip
CELLS = "select cell_id::text, to_jsonb(stats) from marts.bl_omni_stats as stats"
DAYS = """
    select distinct local_date, channel, model_id, basis, brand
    from marts.channel_performance_daily
"""


@pytest.fixture(scope="module")
def world(told: Replay) -> Replay:
    """Facts of every kind; calls that a day's cost moves to, and cost without clicks."""
    story = Story(11)
    for _ in range(60):
        story.add_touch()
        story.add_conversion()
    for number in range(SHOWN + 3):
        story.touches[f"call{number}"] = CALLED | {"touch_id": f"call{number}"}
    story.touches["visit"] = CALLED | {
        "touch_id": "visit", "touch_type": "web_session", "campaign": "retarget_cart",
        "rule_id": "visit",
    }  # fmt: skip
    uncounted = {"day": "2026-03-05", "impressions": None, "clicks": None}
    costs = [COST, COST | uncounted, COST | {"day": "2026-03-02", "cost": 7}]
    story.tell(told.url)
    told.land([Landing(COSTS, costs, complete=True)])
    told.set_bound()
    told.build()
    return told


@pytest.fixture
def mart(world: Replay) -> Iterator[Warehouse]:
    """A connection whose changes nobody keeps."""
    with psycopg.connect(world.url) as connection:
        yield connection
        connection.rollback()


def test_every_row_of_the_statistics_is_the_sum_of_its_facts(mart: Warehouse) -> None:
    cells = mart.execute(CELLS).fetchall()
    assert len(cells) > 100
    for cell_id, row in cells:
        figure = explain_cell(mart, cell_id)
        assert figure.adds_up, (row, figure.measures)
        measured = {name: measure.stands for name, measure in figure.measures.items()}
        assert measured == {name: row[name] for name in measured}
        assert set(row) - set(measured) - set(FORMER) == set(figure.of), (
            "a column that nobody explains"
        )
    sums = mart.execute("select sum(first_contacts), sum(spend_kopecks) from marts.bl_omni_stats")
    newcomers, spent = sums.fetchone() or (0, 0)
    assert newcomers, "no customer was new"
    assert spent, "nothing was spent"


def test_every_figure_of_performance_is_the_sum_of_what_is_behind_it(mart: Warehouse) -> None:
    asked = mart.execute(DAYS).fetchall()
    assert {basis for *_, basis, _ in asked} == {"order_date", "touch_date"}
    known = set()
    for day, channel, model, basis, brand in asked:
        figure = explain_day(mart, day, channel, model, basis, brand)
        assert figure.adds_up, (figure.of, figure.measures)
        known |= {name for name, measure in figure.measures.items() if measure.behind}
        if figure.measures["revenue_kopecks"].behind:
            assert any(fact["fact"] == "credit" for fact in figure.facts)
    assert known == set(figure.measures), "some measure was never more than nothing"


def test_one_row_at_a_time(mart: Warehouse) -> None:
    """Not only a channel's sums: each brand, source and campaign, what is unknown too."""
    wrong = mart.execute(
        """
        with behind as (
            select asked.*, fact.brand, fact.source, fact.campaign,
                sum(fact.clicks) as clicks, sum(fact.spend_kopecks) as spend,
                sum(fact.purchases) as purchases, sum(fact.revenue_kopecks) as revenue,
                sum(fact.margin_kopecks) as margin
            from (
                select distinct local_date, channel, model_id, basis
                from marts.channel_performance_daily
            ) as asked
            cross join lateral marts.explain_day(local_date, channel, model_id, basis) as fact
            group by 1, 2, 3, 4, 5, 6, 7
        )
        select * from behind
        full join marts.channel_performance_daily as stands
            using (local_date, channel, model_id, basis, brand, source, campaign)
        where (behind.clicks, behind.spend, behind.purchases, behind.revenue, behind.margin)
            is distinct from (stands.clicks, stands.spend_kopecks, stands.purchases,
                stands.revenue_kopecks, stands.margin_kopecks)
        """
    ).fetchall()
    assert wrong == []


def test_cost_that_moved_to_calls_says_so(mart: Warehouse) -> None:
    figure = explain_day(mart, DAY, "Paid Social", "linear", "order_date", "main")
    (cost,) = (fact for fact in figure.facts if fact["fact"] == "cost")
    moved = [fact for fact in figure.facts if fact["fact"] == "moved cost"]
    assert cost["spend_kopecks"] == 10001
    assert {fact["fact_id"] for fact in moved} == {cost["fact_id"]}
    assert sum(fact["spend_kopecks"] for fact in moved) == 0
    to_calls = [fact for fact in moved if fact["campaign"] == "calls_vk"]
    assert sum(fact["spend_kopecks"] for fact in to_calls) > 9000


def test_long_lists_are_cut_and_say_how_much(mart: Warehouse) -> None:
    (cell,) = mart.execute(
        "select cell_id::text from marts.bl_omni_stats where campaign = 'calls_vk'"
        " and hour_utc = '2026-03-01 10:00+00' order by calls desc limit 1"
    ).fetchone() or ("",)
    figure = explain_cell(mart, cell)
    said = in_words(figure)
    assert f"and {len(figure.facts) - SHOWN} more (--all)" in said
    assert said.count("calls 1") == SHOWN
    assert said.endswith("Every measure adds up.")
    whole = in_words(figure, None)
    assert whole.count("calls 1") == len(figure.facts) > SHOWN
    assert "--all" not in whole


def test_what_does_not_add_up_is_said(mart: Warehouse) -> None:
    (cell,) = mart.execute("select cell_id::text from marts.bl_omni_stats limit 1").fetchone() or ()
    mart.execute("update marts.bl_omni_stats set touches = touches + 1 where cell_id = %s", [cell])
    said = in_words(explain_cell(mart, cell))
    assert "It does not add up" in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("2026-01-01", "Email", "guess", "order_date"), "known are first, last"),
        (("2025-01-01", "Email", "first", "order_date"), "the days go from 2026-01-"),
        (("2026-03-01", "Radio", "first", "order_date"), "there are .*Paid Social"),
        (("2026-03-01", "Paid Social", "first", "order_date", "third"), "there are main"),
    ],
)
def test_what_is_unknown_says_what_there_is(
    mart: Warehouse, asked: tuple[str, ...], said: str
) -> None:
    day, *rest = asked
    with pytest.raises(UnknownFigure, match=said):
        explain_day(mart, date.fromisoformat(day), *rest)


def test_several_brands_are_named(mart: Warehouse) -> None:
    day, channel = mart.execute(
        "select local_date, channel from marts.channel_performance_daily where model_id = 'first'"
        " and basis = 'order_date' group by 1, 2 having count(distinct brand) = 2 limit 1"
    ).fetchone() or (DAY, "")
    with pytest.raises(UnknownFigure, match="--brand main or second"):
        explain_day(mart, day, channel, "first", "order_date")


@pytest.mark.parametrize("written", ["17", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_cell_says_how_to_find_one(mart: Warehouse, written: str) -> None:
    with pytest.raises(UnknownFigure, match="select cell_id"):
        explain_cell(mart, written)


def test_the_right_to_read_marts_is_enough_and_needed(mart: Warehouse) -> None:
    mart.execute(f"create role {READER}")
    mart.execute(f"grant usage on schema marts to {READER}")
    mart.execute(f"grant select on all tables in schema marts to {READER}")
    mart.execute(f"set role {READER}")
    assert explain_day(mart, DAY, "Paid Social", "first", "order_date", "main").adds_up
    (cell,) = mart.execute("select cell_id::text from marts.bl_omni_stats limit 1").fetchone() or ()
    assert explain_cell(mart, cell).adds_up
    mart.execute("reset role")
    mart.execute(f"revoke select on marts.fct_attribution from {READER}")
    mart.execute(f"set role {READER}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        mart.execute("select * from marts.explain_day('2026-03-01', 'Paid Social')")
