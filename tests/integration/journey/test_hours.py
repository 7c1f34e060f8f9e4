"""UTC hours add up to local days and to everything, also on days that have 23 or 25 hours.

What is right is computed here from the facts by Python's zoneinfo; the warehouse reads the clock
through PostgreSQL and the dbt project's var local_timezone.
"""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.integration.journey.facts import Row, rows
from tests.integration.journey.story import Story
from tests.replay.runner import Replay

# Moments at which clocks changed, UTC.
EDGES = (
    datetime(2011, 3, 26, 23, tzinfo=UTC),  # Moscow: forward, for good
    datetime(2011, 3, 26, 21, tzinfo=UTC),  # Yekaterinburg: the same
    datetime(2014, 10, 25, 22, tzinfo=UTC),  # Moscow: back, for good
    datetime(2014, 10, 25, 20, tzinfo=UTC),  # Yekaterinburg: the same
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin: forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Berlin: back
    datetime(2015, 11, 1, 5, tzinfo=UTC),  # Havana: back over the midnight of a month's first day
)
ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Europe/Berlin", "America/Havana")
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def story(told: Replay) -> Story:
    """Touches and conversions around every edge, told and counted."""
    story, chance = Story(1), random.Random(1)
    for edge in EDGES:
        near = [edge, edge - MICROSECOND, edge + timedelta(hours=1) - MICROSECOND]
        far = [edge + timedelta(seconds=chance.randint(-150_000, 150_000)) for _ in range(12)]
        for moment in (*near, *far):
            story.add_touch()
            list(story.touches.values())[-1]["at"] = str(moment)
            story.add_conversion()
            list(story.conversions.values())[-1]["at"] = str(moment)
    story.tell(told.url)
    told.build()
    return story


def local(row: Row, zone: str) -> datetime:
    """What the clock on the wall said."""
    moment = datetime.fromisoformat(row["at"]).astimezone(ZoneInfo(zone))
    return moment.replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES)
def test_hours_add_up_to_local_days(told: Replay, story: Story, zone: str) -> None:
    told._dbt(
        "build", "--vars", f"{{local_timezone: {zone}}}",
        "--select", "bl_omni_stats_local", "assert_hours_add_up_to_days",
        "--exclude", "assert_metrics_agree",  # the other marts keep the project's days
    )  # fmt: skip
    touches: Counter[datetime] = Counter()
    revenue: Counter[datetime] = Counter()
    for row in story.touches.values():
        touches[local(row, zone).replace(minute=0, second=0, microsecond=0)] += 1
    for row in story.conversions.values():
        hour = local(row, zone).replace(minute=0, second=0, microsecond=0)
        revenue[hour] += row["revenue_kopecks"]
    hours = {
        row["local_hour"]: row
        for row in rows(
            told.url,
            "select local_hour, min(local_date) as first_date, max(local_date) as last_date,"
            " sum(touches) as touches, sum(revenue_kopecks) as revenue"
            " from marts.bl_omni_stats_local group by local_hour",
        )
    }
    assert {hour: row["touches"] for hour, row in hours.items() if row["touches"]} == touches
    assert {hour: row["revenue"] for hour, row in hours.items() if row["revenue"]} == {
        hour: kopecks for hour, kopecks in revenue.items() if kopecks
    }
    for hour, row in hours.items():
        assert row["first_date"] == row["last_date"] == hour.date()


def test_hours_add_up_to_everything(told: Replay, story: Story) -> None:
    (total,) = rows(
        told.url,
        "select sum(touches) as touches, sum(orders_placed) as orders,"
        " sum(first_contacts) as customers, sum(revenue_kopecks) as revenue"
        " from marts.bl_omni_stats",
    )
    facts = [*story.touches.values(), *story.conversions.values()]
    assert total == {
        "touches": len(story.touches),
        "orders": sum(row["kind"] == "order" for row in story.conversions.values()),
        "customers": len({row["customer_uuid"] for row in facts} - {None}),
        "revenue": sum(row["revenue_kopecks"] for row in story.conversions.values()),
    }


def test_an_hour_run_again_changes_nothing(told: Replay, story: Story) -> None:
    told.build()  # the local view back in the project's zone
    before = told.digest()
    told.build()
    assert told.digest() == before
    # Logs of changes are empty after a run, and nothing was spent in this story.
    empty = {name for name, rows in before.items() if not rows}
    assert all(name.endswith("__changes") or "spend" in name for name in empty), empty
