"""Small random shops: what the sources hold, and how it changes from batch to batch.

Everything follows from a world's seed. The changes are those that make identity hard: values shared
by strangers, hubs that fill up until they cross a limit, contacts bound to another address, orders
moved to another account, rows that come late, twice, or disappear, equal and missing times.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from omni_pipeline.landing import land
from tests.replay.office import Office
from tests.replay.site import EMAIL_PROPERTY, LATER_PHONE_PROPERTY, PHONE_PROPERTY, Site
from tests.replay.sources import SALEANONYMOUS, TABLES, Address, Row


@dataclass(frozen=True)
class Landing:
    """One call of `land`: with `complete`, `rows` is all the source holds."""

    table: Address
    rows: list[Row]
    complete: bool = False


class World(Site, Office):
    """One shop. `grow(n)` does n things to it; `take()` gives the versions of one batch."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._put("raw_bitrix.b_user", self._user(SALEANONYMOUS, "saleanonymous"))

    def grow(self, actions: int) -> None:
        """Do so many random things."""
        possible = (
            (self._register, 4), (self._edit_user, 2), (self._visit, 4), (self._login, 3),
            (self._forget_cookie, 2), (self._order, 4), (self._edit_order, 2), (self._contact, 4),
            (self._rebind_contact, 3), (self._lead, 4), (self._edit_lead, 2), (self._card, 2),
            (self._receipt, 2), (self._call, 1), (self._activity, 2), (self._subscribe, 1),
            (self._delete, 2), (self._verify, 1),
        )  # fmt: skip
        actions_of, weights = zip(*possible, strict=True)
        for action in self.chance.choices(actions_of, weights, k=actions):
            action()


PROPERTIES = [
    {"id": EMAIL_PROPERTY, "code": "EMAIL", "is_email": "Y", "is_phone": "N"},
    {"id": PHONE_PROPERTY, "code": "PHONE", "is_email": "N", "is_phone": "Y"},
    # Somebody marks this one as a phone later: all its old values become phones at once.
    {"id": LATER_PHONE_PROPERTY, "code": "EXTRA", "is_email": "N", "is_phone": "N"},
]


def properties(batch: int) -> Landing:
    """The order properties of all worlds as of a batch."""
    rows = [dict(row) for row in PROPERTIES]
    if batch >= 2:
        rows[2]["is_phone"] = "Y"
    return Landing("raw_bitrix.b_sale_order_props", rows, complete=True)


def next_batch(worlds: Sequence[World], batch: int, chance: random.Random) -> list[Landing]:
    """All worlds' versions of one batch, mixed, in a random order of tables."""
    mixed: dict[Address, list[Row]] = defaultdict(list)
    for world in worlds:
        # Mostly a quiet hour, now and then a busy one.
        world.grow(world.chance.choice([0, 3, 8, 8, 15, 25]))
        for table, rows in world.take().items():
            mixed[table] += rows
    landings = [properties(batch)]
    held = {table for world in worlds for table in world.state}
    for table in sorted(mixed.keys() | held):
        rows = mixed.get(table, [])
        if chance.random() < 0.4:
            standing = [row for world in worlds for row in world.state[table].values()]
            chance.shuffle(standing)
            landings.append(Landing(table, standing, complete=True))
        elif rows:
            half = chance.randint(0, len(rows))
            landings += [Landing(table, rows[:half]), Landing(table, rows[half:])]
    chance.shuffle(landings)
    return landings


def land_all(connection: psycopg.Connection[Any], batch: Sequence[Landing]) -> None:
    """Land a batch through the real landing."""
    for landing in batch:
        table = TABLES[landing.table]
        rows: list[Mapping[str, Any]] = [*landing.rows]
        land(connection, table, rows, complete=landing.complete, max_shrink=1.0)
