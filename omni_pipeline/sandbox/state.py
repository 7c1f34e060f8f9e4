"""What the simulation remembers about its world while it runs, beyond the event loop.

Belongs here: the population, shared lookups and the truth about identifiers. Does not belong here:
behaviour.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from omni_pipeline.sandbox import people
from omni_pipeline.sandbox.engine import DAY, HOUR, MOSCOW_OFFSET, Engine, Plan
from omni_pipeline.sandbox.people import Account, Fuser, Person

STAFF = (1, 2, 3, 4)  # b_user ids of the administrator and of the sales managers
ANONYMOUS_USER = 6  # the one `saleanonymous` account behind every guest order
KIOSK_FUSER = 50_000  # terminal in a shop hall: one cookie, many logins

# Share of a day's activity by local hour: quiet nights, a peak in the evening.
HOURS = (2, 1, 1, 1, 1, 1, 3, 6, 9, 12, 13, 13, 13, 12, 12, 12, 12, 13, 14, 16, 17, 15, 10, 5)


class World(Engine):
    """The running world; modules read and change its attributes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.persons: dict[int, Person] = {}
        self.registered: list[Person] = []
        self.anonymous: dict[int, Fuser] = {}
        self.entities: dict[tuple[str, int], dict[str, Any]] = {}
        self.entity_times: dict[tuple[str, int], int] = {}
        self.accounts: list[Account] = []
        self.pending_faults: dict[str, int] = {}
        self.cel_tick = (0, 0)  # second and how many rows it already has
        self.known: set[tuple[str, str]] = set()
        self.relatives = people.families(plan)
        self.shared = {people.office_phone(n) for n in range(max(1, plan.people // 500))}
        # Set by `world.py`: letters lead to visits, visits lead to orders, orders to letters.
        self.visit: Callable[..., None] = _no_visit

    def know(self, person: Person, id_type: str, value: object) -> None:
        """Record the truth that an identifier is this person's, unless several people use it."""
        entry = (id_type, str(value))
        if entry in self.known or entry[1] in self.shared:
            return
        self.known.add(entry)
        self.insert(
            "person_identifier",
            {"person_id": person.id, "id_type": id_type, "id_value": str(value)},
        )

    def person(self, person_id: int) -> Person:
        """The person of that number, born on first mention."""
        found = self.persons.get(person_id)
        if found is None:
            found = self.persons[person_id] = people.make_person(self.plan, person_id)
            if person_id in self.relatives or person_id in self.relatives.values():
                self.shared.add(found.phones[0])
        return found

    def later(self, rng: Random, mean_days: float, hours: tuple[int, ...] = HOURS) -> int:
        """A moment after an exponential pause, moved to an hour at which people are about."""
        target = self.now + MOSCOW_OFFSET + int(rng.expovariate(1 / mean_days) * DAY)
        midnight = target - target % DAY
        hour = rng.choices(range(24), hours)[0]
        at = midnight + hour * HOUR + int(rng.random() * HOUR) - MOSCOW_OFFSET
        return max(at, self.now + 1_800 + int(rng.random() * 7_200))


SHOP_HOURS = tuple(4 if 10 <= hour < 20 else 0 for hour in range(24))
CALL_HOURS = tuple(5 if 9 <= hour < 20 else (1 if 7 <= hour < 23 else 0) for hour in range(24))


def money(kopecks: int) -> Decimal:
    """Kopecks as the rubles a source column holds."""
    return Decimal(kopecks).scaleb(-2)


def _no_visit(*_: Any) -> None:
    raise RuntimeError("the world was not wired: use world.simulate")
