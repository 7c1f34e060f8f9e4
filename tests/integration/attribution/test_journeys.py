"""Journeys, their sums and the data-driven mart, hour by hour, against journeys told in Python.

OMNI_JOURNEYS_SEED    first seed (default 1)
OMNI_JOURNEYS_HOURS   how many batches (default 5)
"""

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path as Folder
from typing import Any

import dagster as dg
import pandas as pd
import psycopg
import pytest

from omni_pipeline.attribution import store
from omni_pipeline.attribution.assets import datadriven_channel
from omni_pipeline.attribution.models import attribute
from omni_pipeline.warehouse.resource import Warehouse
from tests.integration.attribution.journeys import Shop, journeys_of, moment, month_of, paths_of
from tests.integration.journey.facts import rows, telling
from tests.replay.runner import Replay
from tests.unit.attribution import worlds

SEED = int(os.environ.get("OMNI_JOURNEYS_SEED", "1"))
HOURS = int(os.environ.get("OMNI_JOURNEYS_HOURS", "5"))
JOURNEYS = "select * from intermediate.int_attribution__journeys"
LOG = "select * from intermediate.int_attribution__journeys__changes"
MART = "select * from marts.datadriven_channel order by local_month, brand, model, channel"


@pytest.fixture(scope="module")
def shop(server_url: str, template_database: str) -> Iterator[Replay]:
    folder = Folder(tempfile.mkdtemp(prefix="omni-journeys-"))
    with telling(server_url, template_database, folder) as replay:
        yield replay
    shutil.rmtree(folder, ignore_errors=True)


def some_shop(seed: int) -> Shop:
    """People enough for months with paths, purchases and silence."""
    story = Shop(seed, people=25)
    for _ in range(60):
        story.add_conversion()
    for _ in range(260):
        story.add_touch()
    return story


def refresh(url: str, up_to_seq: int = 1) -> store.Written:
    with psycopg.connect(url, autocommit=True) as connection:
        return store.refresh(connection, up_to_seq)


def mart(url: str) -> list[dict[str, Any]]:
    """The mart without the arrival, which tells when it was computed."""
    return [{k: v for k, v in row.items() if k != "up_to_seq"} for row in rows(url, MART)]


def test_journeys_and_models_follow_the_facts(shop: Replay) -> None:
    story, chance = some_shop(SEED), random.Random(SEED)
    for hour in range(HOURS):
        story.tell(shop.url)
        shop.build()
        expected = journeys_of(story)
        found = {row.pop("journey_id"): row for row in rows(shop.url, JOURNEYS)}
        for row in found.values():
            row["owner"] = str(row["owner"])
            row["customer_uuid"] = row["customer_uuid"] and str(row["customer_uuid"])
        assert found == expected, f"OMNI_JOURNEYS_SEED={SEED}, hour {hour}"
        assert not rows(shop.url, LOG), "a run that ended has emptied the log"
        aggregates_equal(shop.url, paths_of(expected))
        refresh(shop.url, hour)
        with psycopg.connect(shop.url) as connection:
            _, wrong = store.health(connection)
        assert not wrong
        for _ in range(chance.choice([1, 4, 30])):
            story.change()
    shop._dbt("test", "--select", "path:models/facts/attribution", "test_name:*journey*")
    before = mart(shop.url)
    with psycopg.connect(shop.url) as connection:
        connection.execute("drop table marts.datadriven_channel")
    refresh(shop.url)
    assert mart(shop.url) == before, "computed month by month or at once, it is the same"


def aggregates_equal(url: str, paths: dict[Any, list[worlds.Path]]) -> None:
    """What the SQL counted gives the models of the paths themselves."""
    with psycopg.connect(url) as connection:
        for (local_month, brand), told in paths.items():
            month = store.Month(local_month, brand, "")
            steps, sets = store.aggregates(connection, month)
            counted = attribute(steps, sets, buckets=store.BUCKETS, replicates=5, min_support=0)
            brute = attribute(
                {order: worlds.transitions(told, order) for order in (1, 2, 3)},
                worlds.channel_sets(told), buckets=store.BUCKETS, replicates=5, min_support=0,
            )  # fmt: skip
            pd.testing.assert_frame_equal(counted, brute, check_exact=True)
            effects_equal(counted, told)


def effects_equal(frame: pd.DataFrame, told: list[worlds.Path]) -> None:
    """Markov as walked chains without each channel, Shapley as the mean over all arrivals."""
    known = frame[frame["channel"] != "(unattributed)"].set_index(["model", "channel"])["effect"]
    channels = {touch for path in told for touch in path.touches}
    bought = sum(path.converted for path in told if path.touches)
    if not bought:
        return
    closed = worlds.closed_shapley(told, money=False)
    for channel in channels:
        for order in (1, 2, 3):
            walked = worlds.removal_effect(told, order, False, channel)
            assert known[f"markov_{order}", channel] == pytest.approx(walked, abs=1e-9)
        assert known["shapley", channel] == pytest.approx(closed[channel] / bought, abs=1e-9)


def test_only_months_that_changed_are_computed(shop: Replay) -> None:
    story = some_shop(SEED + 1)
    story.tell(shop.url)
    shop.build()
    everything = refresh(shop.url, 10)
    months = len(rows(shop.url, "select from intermediate.int_attribution__months"))
    assert everything.computed + everything.kept == months
    assert refresh(shop.url, 11) == store.Written(0, months, 0)
    purchase = next(
        row for row in story.conversions.values() if row["is_paid"] and row["kind"] == "order"
        and not row["is_cancelled"]
    )  # fmt: skip
    purchase["revenue_kopecks"] += 1
    story.tell(shop.url)
    shop.build()
    assert refresh(shop.url, 12) == store.Written(1, months - 1, 0)
    computed = rows(
        shop.url, "select distinct local_month, brand, up_to_seq from marts.datadriven_channel"
    )
    assert sorted(row["up_to_seq"] for row in computed)[-2:] == [10, 12]
    gone = max(row["local_month"] for row in computed)
    for facts in (story.touches, story.conversions):
        for key, row in list(facts.items()):
            if month_of(moment(row["at"])) >= gone:
                del facts[key]
    story.tell(shop.url)
    shop.build()
    written = refresh(shop.url, 13)
    assert written.removed
    assert not rows(shop.url, f"select from marts.datadriven_channel where local_month >= '{gone}'")

    before = mart(shop.url)
    with psycopg.connect(shop.url) as connection:
        connection.execute("alter table marts.datadriven_channel drop column p50")
    assert refresh(shop.url, 13).kept == 0, "a table of an earlier version gives way"
    assert mart(shop.url) == before


def test_credit_that_does_not_add_up_stops_what_follows(shop: Replay) -> None:
    refresh(shop.url)
    told, check = materialized(shop.url)
    assert check.passed
    assert told["months_computed"] == 0
    assert told["conversions"] == sum(
        row["conversions"] for row in rows(shop.url, "select * from " + store.MONTHS)
    )
    assert told["dagster/row_count"] == len(rows(shop.url, MART))
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "update marts.datadriven_channel set revenue_kopecks = revenue_kopecks + 1 where ctid ="
            " (select min(ctid) from marts.datadriven_channel where model = 'markov_2')"
        )
    told, check = materialized(shop.url)
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert check.description
    assert check.description.endswith("markov_2")


def materialized(url: str) -> tuple[dict[str, Any], dg.AssetCheckEvaluation]:
    """What one run of the asset told, and its check."""
    run = dg.materialize(
        [datadriven_channel], resources={"warehouse": Warehouse(url=url)}, raise_on_error=False
    )
    (event,) = run.asset_materializations_for_node("marts__datadriven_channel")
    (check,) = run.get_asset_check_evaluations()
    return {name: value.value for name, value in event.metadata.items()}, check


def test_columns_say_what_they_mean(shop: Replay) -> None:
    refresh(shop.url)
    told = rows(
        shop.url,
        "select attname, col_description(attrelid, attnum) as about from pg_attribute"
        " where attrelid = 'marts.datadriven_channel'::regclass and attnum > 0 order by attnum",
    )
    assert [row["attname"] for row in told] == list(store.COLUMNS)
    assert all(row["about"] for row in told)
    (table,) = rows(
        shop.url, "select obj_description('marts.datadriven_channel'::regclass) as about"
    )
    assert "ASSOCIATION, NOT LIFT" in table["about"]
