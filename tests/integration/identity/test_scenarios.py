"""The stories of tests/scenarios/identity.yml, hour by hour and from empty, side by side.

All scenarios share one warehouse and one dbt run per hour; their identifiers never meet.
"""

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.replay.identifiers import seeds_in
from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.shop_rows import Identifier, Shop
from tests.replay.worlds import Landing, properties

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "identity.yml"
SCENARIOS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
FIRST_SEED = 80_000
HOURS = max(len(scenario["hours"]) for scenario in SCENARIOS)
CASES = [
    pytest.param(number, hour, id=f"{scenario['name']}: hour {hour + 1}".replace(" ", "_"))
    for number, scenario in enumerate(SCENARIOS)
    for hour in range(len(scenario["hours"]))
]
Seen = dict[str, list[dict[str, Any]]]
OVERRIDES, BLOCKLIST = "identity_overrides", "identity_blocklist"


class Stage:
    """All shops and the warehouse they land in; `after[hour][seed]` is what was published."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.shops = [Shop(FIRST_SEED + number) for number in range(len(SCENARIOS))]
        self.after: list[dict[int, Seen]] = []
        self.from_empty: dict[int, Seen] = {}
        self.differences: list[str] = []

    def play(self) -> None:
        """Every hour of every scenario, then a rebuild.

        Decisions have a run of their own: a changed rule may rebuild, an hour must not.
        """
        for hour in range(HOURS):
            decisions = self._land(hour)
            self.replay.set_bound()
            self.replay.build()
            for shop, line in decisions:
                self._edit(shop, line)
            if decisions:
                self.replay.build()
            self.after.append(published(self.replay.url))
        with self.replay.rebuilt() as differences:
            self.differences = differences
            self.from_empty = published(self.replay.url)

    def _land(self, hour: int) -> list[tuple[Shop, dict[str, str]]]:
        """Land what an hour brings; gives back what people decided in it."""
        decisions: list[tuple[Shop, dict[str, str]]] = []
        scenes = [
            (shop, scenario["hours"][hour].get("seen", []))
            for shop, scenario in zip(self.shops, SCENARIOS, strict=True)
            if hour < len(scenario["hours"])
        ]
        if hour == 0:
            self.replay.land([properties(0)])
        for shop, _ in scenes:
            shop.next_hour()
        for step in range(max(len(lines) for _, lines in scenes)):
            for shop, lines in scenes:
                if step < len(lines) and not self._act(shop, lines[step]):
                    decisions.append((shop, lines[step]))
            self._land_rows()
        return decisions

    def _land_rows(self) -> None:
        batch: list[Landing] = []
        for shop in self.shops:
            for table, row in shop.rows:
                if batch and batch[-1].table == table:
                    batch[-1].rows.append(row)
                else:
                    batch.append(Landing(table, [row]))
            shop.rows = []
        self.replay.land(batch)

    def _act(self, shop: Shop, line: Any) -> bool:
        """Do what a line says, unless it is a decision of people."""
        if isinstance(line, list):
            shop.write(*line)
        elif "technical" in line:
            shop.make_technical(line["technical"], line["kind"])
        elif "deleted" in line:
            self._land_rows()
            table, _ = shop.delete(line["deleted"])
            left = [row for each in self.shops for row in each.state[table].values()]
            self.replay.land([Landing(table, left, complete=True)])
        else:
            return False
        return True

    def _edit(self, shop: Shop, line: dict[str, str]) -> None:
        project = self.replay.project
        (verb, who), *_ = line.items()
        ends = [shop.identifier(part.strip()) for part in who.split("—")]
        row: dict[str, Any] = dict(zip(("a_type", "a_value"), ends[0], strict=True))
        if verb in ("override", "release"):
            row |= dict(zip(("b_type", "b_value"), ends[1], strict=True))
            seed, more = OVERRIDES, {"action": line.get("action"), "reason": line.get("reason")}
        else:
            row = {"id_type": ends[0][0], "pattern": ends[0][1], "match": "exact"}
            seed, more = BLOCKLIST, {"reason": line.get("reason")}
        if verb in ("override", "block"):
            self.replay.edit(seed, [*project.rows(seed), row | more])
        else:
            assert verb in ("release", "unblock"), f"{line}: unknown"
            project.remove(seed, **row)
            self.replay.edit(seed, project.rows(seed))


def published(url: str) -> dict[int, Seen]:
    """Customers' identifiers, shared identifiers and profiles, by the seed of their scenario."""
    queries = {
        "identifiers": "select i.id_type, i.id_value, i.customer_uuid::text, p.is_suspect "
        "from marts.customer_identifier as i "
        "inner join marts.bl_customer_profile as p on i.customer_uuid = p.customer_uuid",
        "shared": "select id_type, id_value from marts.shared_identifier",
        "aliases": "select n.id_type, n.id_value, a.customer_uuid::text "
        "from marts.bl_customer_alias as a "
        "inner join intermediate.int_identity__nodes as n on a.alias_uuid = n.birth_uuid",
    }
    found: dict[int, Seen] = {}
    with psycopg.connect(url) as connection:
        for name, query in queries.items():
            cursor = connection.execute(query)
            columns = [column.name for column in cursor.description or []]
            for values in cursor.fetchall():
                row = dict(zip(columns, values, strict=True))
                (seed,) = seeds_in(row["id_value"])
                empty: Seen = {key: [] for key in queries}
                found.setdefault(seed, empty)[name].append(row)
    return found


@pytest.fixture(scope="module")
def stage(server_url: str, template_database: str) -> Iterator[Stage]:
    with replaying(server_url, template_database) as replay:
        played = Stage(replay)
        played.play()
        yield played


def check(stage: Stage, number: int, hour: int, seen: Seen) -> None:
    """Compare what was published with what the hour expects, in the scenario's own words."""
    shop, expected = stage.shops[number], SCENARIOS[number]["hours"][hour]
    names = {identifier: name for name, identifier in shop.names.items()}
    customer = {_who(row): row["customer_uuid"] for row in seen["identifiers"]}
    customers: dict[str, set[str]] = {}
    for who, of in customer.items():
        customers.setdefault(of, set()).add(names.get(who, str(who)))
    story = f"{SCENARIOS[number]['name']}, hour {hour + 1}: {SCENARIOS[number]['story'].strip()}"
    if "customers" in expected:
        wanted = sorted(sorted(group) for group in expected["customers"])
        assert sorted(sorted(group) for group in customers.values()) == wanted, story
    if "shared" in expected:
        shared = sorted(names.get(_who(row), str(_who(row))) for row in seen["shared"])
        assert shared == sorted(expected["shared"]), story
    for name in expected.get("nobody", []):
        known = {*customer, *map(_who, seen["shared"])}
        assert shop.identifier(name) not in known, f"{story}\n{name} is known"
    for name in expected.get("named_after", []):
        assert customer.get(shop.identifier(name)) == birth_uuid(shop.identifier(name)), (
            f"{story}\nthe customer of {name} is not named after it"
        )
    aliases = {_who(row): row["customer_uuid"] for row in seen["aliases"]}
    for name, target in expected.get("leads_to", {}).items():
        wanted_uuid = customer[shop.identifier(target)]
        assert aliases.get(shop.identifier(name)) == wanted_uuid, f"{story}\n{name} → {target}"
    for name in expected.get("leads_nowhere", []):
        assert shop.identifier(name) not in aliases, f"{story}\n{name} leads to a customer"
    if "suspects" in expected:
        suspects = {row["customer_uuid"] for row in seen["identifiers"] if row["is_suspect"]}
        wanted_suspects = {customer[shop.identifier(name)] for name in expected["suspects"]}
        assert suspects == wanted_suspects, story


def birth_uuid(identifier: Identifier) -> str:
    """The number a customer gets from an identifier."""
    return str(uuid.UUID(hashlib.md5("|".join(("customer", *identifier)).encode()).hexdigest()))


def _who(row: dict[str, Any]) -> Identifier:
    return (row["id_type"], row["id_value"])


@pytest.mark.parametrize(("number", "hour"), CASES)
def test_hour_by_hour(stage: Stage, number: int, hour: int) -> None:
    check(stage, number, hour, stage.after[hour].get(FIRST_SEED + number, {}))


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=lambda n: SCENARIOS[n]["name"])
def test_from_empty(stage: Stage, number: int) -> None:
    last = len(SCENARIOS[number]["hours"]) - 1
    check(stage, number, last, stage.from_empty[FIRST_SEED + number])


def test_both_ways_publish_the_same_rows(stage: Stage) -> None:
    assert not stage.differences, "\n".join(stage.differences)


def test_every_scenario_says_how_it_ends() -> None:
    silent = [s["name"] for s in SCENARIOS if "customers" not in s["hours"][-1]]
    assert not silent, f"the last hour names all customers: {silent}"
    assert len({s["name"] for s in SCENARIOS}) == len(SCENARIOS)
