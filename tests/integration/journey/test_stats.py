"""Credit, hourly statistics, first touches and profiles follow the facts as a rebuild would.

Facts change at random (touches and conversions come, go, move in time and between customers), runs
break off, rules change; every table is then compared with a rebuild, row for row.
"""

import os
import random

import psycopg

from tests.integration.journey.facts import rows
from tests.integration.journey.story import Story
from tests.replay.runner import Replay

SEED = int(os.environ.get("OMNI_STATS_SEED", "1"))
HOURS = int(os.environ.get("OMNI_STATS_HOURS", "6"))
WATCHED = ("int_attribution__steps", "int_journey__firsts", "bl_omni_stats")


# The change log of the statistics; what is told as partitions stays in it until then.
CELLS = "intermediate.bl_omni_stats__changes"
# What the shipped models leave out: every parameter, and weights by everything.
MORE_MODELS = (
    {"model_id": "resets", "kind": "linear", "lookback_days": "60.5", "resets": "true"},
    {"model_id": "calls", "kind": "last", "lookback_days": "90", "merges_calls": "true"}
    | {"resets": "true", "excluded_channels": "Email"},
    {"model_id": "early", "kind": "linear", "lookback_days": "90", "collapses": "first"},
    {"model_id": "late", "kind": "time_decay", "lookback_days": "90", "collapses": "last"}
    | {
        "half_life_days": "0.5",
        "excluded_channels": "(direct);Email",
        "keeps_excluded_alone": "true",
    },
    {"model_id": "mine", "kind": "weights", "lookback_days": "90"},
)
WEIGHTS = [
    {"model_id": "mine", "by": by, "key": key, "weight": weight}
    for by, key, weight in (
        ("position", 1, "0.4"), ("position_from_end", 1, 2), ("channel", "Email", "1.3"),
        ("age_days", "7.5", "0.1"), ("age_days", 30, "0.07"),
    )
]  # fmt: skip


def story_of(seed: int, touches: int = 60, conversions: int = 30) -> Story:
    """A story with some facts in it."""
    story = Story(seed)
    for _ in range(touches):
        story.add_touch()
    for _ in range(conversions):
        story.add_conversion()
    return story


def break_off(replay: Replay, chance: random.Random) -> None:
    """A run that ends too early."""
    if chance.random() < 0.5:
        replay.build_only_first(chance.random())
    else:
        replay.build_until_connection_dies(chance.choice(WATCHED), chance.choice([0.0, 0.02]))


def test_facts_that_change_at_random_end_as_a_rebuild(told: Replay) -> None:
    story, chance = story_of(SEED), random.Random(SEED)
    models = [*told.project.rows("attribution_models"), *MORE_MODELS]
    told.edit("attribution_models", models)
    told.edit("attribution_weights", WEIGHTS)
    for hour in range(HOURS):
        for _ in range(chance.choice([0, 1, 3, 12])):
            story.change()
        story.tell(told.url)
        if hour % 3 == 1:
            break_off(told, chance)
            story.change()
            story.tell(told.url)
        if hour == HOURS // 2:
            # A shorter lookback for one model, and one model more.
            shorter = [model | {"lookback_days": "30"} for model in models[:1]]
            told.edit("attribution_models", [*shorter, *models[1:], models[3] | {"model_id": "my"}])
        told.build()
        if hour % 2:
            told._dbt("test")
        found = told.differences_to_rebuild(by_flag=hour % 2 == 1)
        assert not found, "\n".join([f"OMNI_STATS_SEED={SEED}, hour {hour}", *found])


def test_a_rebuild_that_breaks_off_is_taken_up(told: Replay) -> None:
    story = story_of(SEED)
    story.tell(told.url)
    told.build()
    for share, lookback in ((0.7, 10), (0.9, 50)):
        models = told.project.rows("attribution_models")
        told.edit(
            "attribution_models", [model | {"lookback_days": str(lookback)} for model in models]
        )
        told.build_only_first(share)
        told.deployed = True  # seeds are in; the rest of the rebuild is still to come
        told.build()
        found = told.differences_to_rebuild(by_flag=True)
        assert not found, "\n".join([f"after {share} of a rebuild", *found])


def test_a_run_writes_only_what_a_change_reaches(told: Replay) -> None:
    story = story_of(SEED)
    someone, at = story.customers[0], "2026-06-01 12:00:00+00"
    story.add_conversion()
    late = list(story.conversions.values())[-1]
    late |= {"customer_uuid": someone, "at": at, "kind": "order"}
    story.add_touch()
    touch = list(story.touches.values())[-1]
    touch |= {"customer_uuid": someone, "at": "2026-06-01 11:00:00+00", "is_on_path": True}
    story.tell(told.url)
    told.build()
    (seen,) = rows(told.url, f"select coalesce(max(change_no), 0) as seen from {CELLS}")
    touch["source"] = "another"
    story.tell(told.url)
    told.build()
    cells = rows(told.url, f"select distinct cell_id from {CELLS} where change_no > {seen['seen']}")
    # The hour of the touch under both sources; of the conversion, if the touch was its last.
    assert 2 <= len(cells) <= 4


def test_hours_asked_for_again_are_counted_again(told: Replay) -> None:
    story = story_of(SEED)
    story.tell(told.url)
    told.build()
    before = told.digest()
    with psycopg.connect(told.url) as connection:
        connection.execute(
            """
            delete from marts.bl_omni_stats where hour_utc = '2026-03-01 10:00+00';
            update marts.bl_omni_stats set touches = touches + 5
            where hour_utc in ('2026-02-01 00:00+00', '2026-05-30 10:00+00');
            insert into marts.bl_omni_stats (cell_id, hour_utc, brand, touches)
            values (gen_random_uuid(), '2026-03-01 11:00+00', 'nobody', 1);
            """
        )
    told.ask_again("2026-02-01 00:00+00", "2026-02-01 01:00+00")
    told.build_only_first(0.9)  # the wish survives a crash
    told.ask_again("2026-03-01 10:00+00", "2026-03-01 12:00+00")
    told.build()
    wrong = rows(
        told.url, "select 1 from marts.bl_omni_stats where hour_utc = '2026-05-30 10:00+00'"
    )
    found = told.differences_to_rebuild()
    # What nobody asked for stays as it was: wrong, here.
    assert f"{len(wrong)} of" in "".join(found), found
    told.ask_again("2026-05-30 10:00+00", "2026-05-30 11:00+00")
    told.build()
    assert told.digest() == before
    assert not rows(told.url, "select * from ops.hours_again")
