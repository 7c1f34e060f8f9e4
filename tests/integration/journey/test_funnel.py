"""The stories of tests/scenarios/funnel.yml through the real landing and models, hour by hour and
from empty; time in a stage beside a Kaplan-Meier of its own on random deals."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.integration.journey.shop import Shop
from tests.integration.part_of_project import part_of_project
from tests.replay.compare import Published
from tests.replay.scopes import Scope

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "funnel.yml"
PLAYED: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SCENARIOS: list[dict[str, Any]] = PLAYED["scenarios"]
HOURS = max(len(scenario["hours"]) for scenario in SCENARIOS)
NOW = datetime.fromisoformat(f"{PLAYED['now']}+00:00")
PIPELINES: dict[str, list[str]] = PLAYED["pipelines"]
ENDS = {"won": "S", "lost": "F"}
RANDOM_MANAGER = 900  # beyond the scenarios, whose managers are their numbers
DEALS, ENTRIES = "raw_crm.deal", "raw_crm.stage_history"
WANTED = ("deal_stage_event", "funnel_monthly", "lost_reasons")
NO_CHANNEL = """
{{ config(materialized='view') }}
select 'deal'::text as kind, 0::bigint as source_id, ''::text as first_channel,
    ''::text as last_channel where false
"""
TABLES = (
    Published("intermediate.int_sales__stays", ("deal_id", "stay_no")),
    Published("marts.deal_stage_event", ("deal_id", "stay_no")),
)
CASES = [
    pytest.param(number, hour, id=f"{scenario['name']}: hour {hour + 1}".replace(" ", "_"))
    for number, scenario in enumerate(SCENARIOS)
    for hour in range(len(scenario["hours"]))
]


def place(told: str) -> tuple[int, str, str]:
    """Pipeline, code and meaning of a stage as a scenario names it: alone it is of sales."""
    pipeline, _, stage = told.rpartition(" · ")
    number = [*PIPELINES].index(pipeline or "sales")
    code = stage if not number else f"C{number}:{stage}"
    return number, code, ENDS.get(stage, "P")


class Portal(Shop):
    """A portal whose deals move; `look` keeps what the marts say after an hour."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.deals: dict[tuple[int, str], int] = {}
        self.seen: list[dict[str, Any]] = []
        lines = [
            (number, stage)
            for number, stages in enumerate(PIPELINES.values())
            for stage in (*stages, *ENDS)
        ]
        for n, (number, stage) in enumerate(lines, start=1):
            self.put(
                "raw_crm.status", n, status_id=stage if not number else f"C{number}:{stage}",
                entity_id="DEAL_STAGE" if not number else f"DEAL_STAGE_{number}", name=stage,
                sort=10 * n, semantics=ENDS.get(stage),
            )  # fmt: skip

    def move(self, manager: int, name: str, told: str, at: str) -> None:
        """A deal comes to a stage, or its former entries are hidden."""
        deal = self.deals.setdefault((manager, name), 1 + len(self.deals))
        if told == "hides":
            _, code, _ = place(at)
            for key, row in [*self.held[ENTRIES].items()]:
                if row["owner_id"] == deal and row["stage_id"] == code:
                    self.drop(ENTRIES, key)
            return
        number, code, said = place(told)
        moment = f"{at}:00+00:00".replace(" ", "T")
        now = {
            "category_id": number, "stage_id": code, "stage_semantic_id": said,
            "closed": "N" if said == "P" else "Y", "date_modify": moment,
        }  # fmt: skip
        if deal not in self.held.get(DEALS, {}):
            now |= {"date_create": moment, "assigned_by_id": manager, "opportunity": 100}
            now |= {"currency_id": "RUB", "uf": {}}
        self.put(DEALS, deal, **now)
        self.put(
            ENTRIES, 1 + len(self.held.get(ENTRIES, {})) + 1_000 * len(self.seen),
            entity_type_id=2, owner_id=deal, category_id=number, stage_id=code,
            stage_semantic_id=said, created_time=moment,
        )  # fmt: skip

    def look(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("update ops.bound set set_at = %s", [NOW])
        self.seen.append(
            {
                "stays": self.rows(
                    "select * from marts.deal_stage_event order by deal_id, stay_no"
                ),
                "funnel": self.rows("select * from marts.funnel_monthly"),
                "lost": self.rows("select * from marts.lost_reasons"),
            }
        )


@pytest.fixture(scope="module")
def portal(server_url: str, template_database: str) -> Iterator[Portal]:
    folder = Path(tempfile.mkdtemp(prefix="omni-funnel-"))
    written = {"facts/sales/int_sales__channels.sql": NO_CHANNEL}
    project = part_of_project(folder / "funnel", WANTED, written)
    scope = Scope(("path:models", "path:seeds"), TABLES)
    with Portal.opened(server_url, template_database, project, scope) as opened:
        dice = random.Random(8)
        for n in range(120):
            _random_deal(opened, dice, n)
        for hour in range(HOURS):
            for number, scenario in enumerate(SCENARIOS, start=1):
                if hour < len(scenario["hours"]):
                    for name, told, at in scenario["hours"][hour]["happens"]:
                        opened.move(number, name, told, str(at))
            opened.hour()
            opened.look()
        yield opened


def _random_deal(portal: Portal, dice: random.Random, number: int) -> None:
    """Some stays of whole hours, many of them equal, up to now."""
    at = datetime(2026, 4, 8, 12) + timedelta(hours=dice.randrange(40))
    for stage in PIPELINES["sales"][: dice.randint(1, 4)]:
        if at >= NOW.replace(tzinfo=None):
            return
        portal.move(RANDOM_MANAGER, f"random {number}", stage, f"{at:%Y-%m-%d %H:%M}")
        at += timedelta(hours=dice.choice((1, 1, 2, 3, 5, 8, 13)))


@pytest.mark.parametrize(("number", "hour"), CASES)
def test_scenario(portal: Portal, number: int, hour: int) -> None:
    scenario, manager = SCENARIOS[number], number + 1
    seen = portal.seen[hour]
    for what, wanted in scenario["hours"][hour].items():
        verb, _, name = what.partition(" of ")
        if verb == "stays":
            deal = portal.deals[manager, name]
            found = [
                [row["stage"], row["seconds"] and row["seconds"] / 3_600, row["outcome"]]
                for row in seen["stays"]
                if row["deal_id"] == deal
            ]
            assert found == wanted, scenario["story"]
        elif verb == "funnel":
            for stage, figures in wanted.items():
                _compare(seen["funnel"], manager, stage, dict(figures))
        elif verb == "lost":
            lines = [
                [row["from_stage"], row["reason"], row["deals_lost"]]
                for row in seen["lost"]
                if row["manager_id"] == manager
            ]
            assert sorted(lines) == sorted(wanted), scenario["story"]
        else:
            assert verb == "happens", f"{what}: unknown"


def _compare(
    funnel: list[dict[str, Any]], manager: int, stage: str, wanted: dict[str, Any]
) -> None:
    """The row of a stage in a month; hours of median and p90."""
    number, code, _ = place(stage)
    month = wanted.pop("month", None)
    (row,) = (
        row
        for row in funnel
        if (row["manager_id"], row["category_id"], row["stage_id"]) == (manager, number, code)
        and (month is None or f"{row['local_month']:%Y-%m}" == month)
    )
    for name, value in wanted.items():
        if name in ("median", "p90"):
            seconds = row[f"{name}_seconds"]
            assert (seconds and seconds / 3_600) == value, f"{stage}: {row}"
        else:
            assert float(row[name]) == float(value), f"{stage}, {name}: {row}"
    whole = ("moved_on", "lost", "still_open", "moved_elsewhere")
    assert row["entered"] == sum(row[name] for name in whole), row


def kaplan_meier(stays: list[tuple[int, bool]], share: Fraction) -> int | None:
    """Time by which the curve has fallen to the share, by the definition, in fractions."""
    left = Fraction(1)
    for moment in sorted({seconds for seconds, over in stays if over}):
        at_risk = sum(seconds >= moment for seconds, _ in stays)
        left *= 1 - Fraction(sum(stay == (moment, True) for stay in stays), at_risk)
        if left <= share:
            return moment
    return None


def test_time_in_a_stage_is_that_of_kaplan_and_meier(portal: Portal) -> None:
    seen = portal.seen[-1]
    stays: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for row in seen["stays"]:
        if row["manager_id"] == RANDOM_MANAGER:
            lasted = row["seconds"]
            if lasted is None:
                lasted = int((NOW - row["entered_at"]).total_seconds())
            stays[row["stage_id"]].append((lasted, row["left_at"] is not None))
    assert {over for each in stays.values() for _, over in each} == {True, False}
    rows = [row for row in seen["funnel"] if row["manager_id"] == RANDOM_MANAGER]
    assert {row["stage_id"] for row in rows} == stays.keys() == {*PIPELINES["sales"]}
    for row in rows:
        of = stays[row["stage_id"]]
        expected = (kaplan_meier(of, Fraction(1, 2)), kaplan_meier(of, Fraction(1, 10)))
        assert (row["median_seconds"], row["p90_seconds"]) == expected, row["stage_id"]
    assert any(row["median_seconds"] for row in rows)


def test_from_empty_it_is_the_same(portal: Portal) -> None:
    assert not portal.differences_to_rebuild(by_flag=True)
