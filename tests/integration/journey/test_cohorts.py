"""The stories of tests/scenarios/cohorts.yml, hour by hour and from empty, in one warehouse.

Each scenario is a brand of its own: cohorts and scores are by brand, so none meets another.
"""

import shutil
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.integration.attribution.test_scenarios import Told, everything
from tests.integration.journey.facts import Row, rows, telling

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "cohorts.yml"
PLAYED: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SCENARIOS: list[dict[str, Any]] = PLAYED["scenarios"]
HOURS = max(len(scenario["hours"]) for scenario in SCENARIOS)
CASES = [
    pytest.param(number, hour, id=f"{scenario['name']}: hour {hour + 1}".replace(" ", "_"))
    for number, scenario in enumerate(SCENARIOS)
    for hour in range(len(scenario["hours"]))
]
Hour = dict[tuple[Any, ...], Row]


def brand_of(number: int) -> str:
    """The brand under which a scenario is told."""
    return f"story {number:02d}"


def shown(row: Row) -> Row:
    """Sums in roubles beside those in kopecks."""
    roubles = {
        name.removesuffix("_kopecks"): value / 100
        for name, value in row.items()
        if name.endswith("_kopecks") and value is not None
    }
    return row | roubles


class Stage:
    """What the views said after each hour."""

    def __init__(self) -> None:
        self.cohorts: list[Hour] = []
        self.values: list[Hour] = []
        self.differences: list[str] = []

    def look(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("update ops.bound set set_at = %s", [f"{PLAYED['today']} 09:00+00"])
        cohorts = rows(url, "table marts.cohort_monthly")
        self.cohorts.append(
            {
                (row["brand"], f"{row['cohort_month']:%Y-%m} {row['first_channel']}",
                 row["months_since"]): shown(row)
                for row in cohorts
            }
        )  # fmt: skip
        values = rows(url, "table marts.customer_value")
        self.values.append(
            {(row["brand"], str(row["customer_uuid"])): shown(row) for row in values}
        )


@pytest.fixture(scope="module")
def stage(server_url: str, template_database: str) -> Iterator[Stage]:
    folder = Path(tempfile.mkdtemp(prefix="omni-cohorts-"))
    told = [Told(number) for number in range(len(SCENARIOS))]
    with telling(server_url, template_database, folder) as replay:
        played = Stage()
        for hour in range(HOURS):
            for scenario, each in zip(SCENARIOS, told, strict=True):
                if hour < len(scenario["hours"]):
                    for line in scenario["hours"][hour]["happens"]:
                        each.happen(line)
                for row in (*each.touches.values(), *each.conversions.values()):
                    row["brand"] = brand_of(each.number)
            everything(told).tell(replay.url)
            replay.build()
            played.look(replay.url)
        replay._dbt("test")
        played.differences = replay.differences_to_rebuild(by_flag=True)
        yield played
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("number", "hour"), CASES)
def test_scenario(stage: Stage, number: int, hour: int) -> None:
    scenario, told, brand = SCENARIOS[number], Told(number), brand_of(number)
    expected: dict[str, Any] = dict(scenario["hours"][hour])
    expected.pop("happens")
    assert expected, "nothing is expected"
    cohorts, values = stage.cohorts[hour], stage.values[hour]
    for what, of in expected.items():
        verb, _, name = what.partition(" of ")
        if verb == "cohort":
            for age, wanted in of.items():
                _agree(cohorts[brand, name, age], wanted, f"{what}, month {age}")
        elif verb == "value":
            _agree(values[brand, str(told.who(name))], of, what)
        else:
            assert what == "no cohorts", f"{what}: unknown"
            assert not [key for key in (*cohorts, *values) if key[0] == brand]


def _agree(row: Row, wanted: Row, what: str) -> None:
    """What the story names is what the row says, sums to the kopeck."""
    for name, value in wanted.items():
        found = row[name]
        if isinstance(found, Decimal):
            found, value = round(found, 2), round(Decimal(str(value)), 2)
        assert found == value, f"{what}: {name}"


def test_from_empty_it_is_the_same(stage: Stage) -> None:
    assert not stage.differences, "\n".join(stage.differences)
