"""The event loop of the simulated world and the journal of changes it leaves behind.

Belongs here: time, the queue, id counters, the journal, and how a journal collapses to a state.
Does not belong here: what people do (`web.py`, `calls.py` …) or databases (`databases.py`).

Everything happens strictly in order of time, ids are drawn at the moment a row is written, and
random numbers are drawn in that same order. A later horizon therefore only lengthens the journal
and never changes what it already says: this is what lets the sandbox move on without stored state.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

MINUTE = 60
HOUR = 3_600
DAY = 86_400
FULL = 100_000  # days of all people, from which on a world is none too small
MOSCOW_OFFSET = 3 * HOUR  # constant since 2014, so local time never repeats

Row = dict[str, Any]
Key = tuple[Any, ...]

# table -> (system whose database holds it, key columns)
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "b_user": ("site", ("id",)),
    "b_uts_user": ("site", ("value_id",)),
    "b_user_phone_auth": ("site", ("user_id",)),
    "b_sale_fuser": ("site", ("id",)),
    "b_sale_order": ("site", ("id",)),
    "b_sale_order_props": ("site", ("id",)),
    "b_sale_order_props_value": ("site", ("id",)),
    "b_sale_basket": ("site", ("id",)),
    "b_iblock_section": ("site", ("id",)),
    "b_iblock_element": ("site", ("id",)),
    "b_catalog_product": ("site", ("id",)),
    "bl_product_cost": ("site", ("id",)),
    "b_sale_location": ("site", ("id",)),
    "b_sale_location_name": ("site", ("id",)),
    "b_sale_order_payment": ("site", ("id",)),
    "b_sale_order_change": ("site", ("id",)),
    "bl_web_session": ("site", ("id",)),
    "b_sender_contact": ("site", ("id",)),
    "b_sender_posting": ("site", ("id",)),
    "b_sender_posting_recipient": ("site", ("id",)),
    "b_sender_posting_read": ("site", ("id",)),
    "b_sender_posting_click": ("site", ("id",)),
    "b_sender_posting_unsub": ("site", ("id",)),
    "bl_email_events": ("site", ("id",)),
    "bl_loyalty_account": ("site", ("id",)),
    "bl_loyalty_transaction": ("site", ("id",)),
    "bl_pos_receipt": ("site", ("id",)),
    "cel": ("cel", ("id",)),
    "entity": ("portal", ("kind", "id")),
    "person_identifier": ("truth", ("id_type", "id_value")),
    "planted_fault": ("truth", ("code", "subject_type", "subject_id")),
}


class Change(NamedTuple):
    """One row operation: `row` is whole for an insert, the changed columns for an update."""

    at: int  # epoch seconds, UTC
    table: str
    operation: str  # insert | update | delete
    key: Key
    row: Row


@dataclass(frozen=True)
class Plan:
    """What a world is a function of. Times are whole epoch seconds, UTC."""

    seed: int
    people: int
    days: int
    started_at: int

    @property
    def history_ends(self) -> int:
        """End of the initial history; no ledger fault is planted after it."""
        return self.started_at + self.days * DAY

    @property
    def haste(self) -> float:
        """How many times as often things happen as in a shop of its size.

        A small world is for tests and a first look, and all that a large one shows is to be seen in
        it; from a hundred thousand days of people on it is 1, and figures are those of a real shop.
        """
        return max(1.0, min(12.0, FULL / (self.people * self.days)))


_EPOCH = datetime(1970, 1, 1)
# What the zero date of MySQL becomes in a site that moved to PostgreSQL.
ZERO_DATE = datetime(1, 1, 1)


def local(at: int) -> datetime:
    """Naive Moscow time, as the site and the telephone exchange write it."""
    return _EPOCH + timedelta(seconds=at + MOSCOW_OFFSET)


def naive_utc(at: int) -> datetime:
    """Naive UTC, as e-mail providers write it."""
    return _EPOCH + timedelta(seconds=at)


def aware(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def iso(at: int) -> str:
    """ISO 8601 with the portal's offset, as the CRM's REST API writes it."""
    return local(at).isoformat() + "+03:00"


class Engine:
    """Queue, clock, counters and journal; `world.World` adds the people."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now = plan.started_at
        self.changes: list[Change] = []
        self.rng = Random(f"{plan.seed}:world")
        self._queue: list[tuple[int, int, Callable[..., object], tuple[Any, ...]]] = []
        self._scheduled = 0
        self._ids: dict[str, int] = {}

    def schedule(self, at: int, action: Callable[..., object], *arguments: Any) -> None:
        """Run `action(*arguments)` at `at`, or at once if that is past; ties keep their order."""
        self._scheduled += 1
        heapq.heappush(self._queue, (max(at, self.now), self._scheduled, action, arguments))

    def run(self, until: int) -> list[Change]:
        """Let time pass up to and including `until`; returns the journal so far."""
        queue = self._queue
        while queue and queue[0][0] <= until:
            self.now, _, action, arguments = heapq.heappop(queue)
            action(*arguments)
        return self.changes

    def next_id(self, counter: str, start: int = 1) -> int:
        value = self._ids.get(counter, start - 1) + 1
        self._ids[counter] = value
        return value

    def insert(self, table: str, row: Row) -> None:
        key = tuple(row[column] for column in TABLES[table][1])
        self.changes.append(Change(self.now, table, "insert", key, row))

    def update(self, table: str, key: Any, **changed: Any) -> None:
        self.changes.append(Change(self.now, table, "update", _as_key(key), changed))

    def delete(self, table: str, key: Any) -> None:
        self.changes.append(Change(self.now, table, "delete", _as_key(key), {}))


def _as_key(key: Any) -> Key:
    return key if isinstance(key, tuple) else (key,)


def collapse(changes: Iterable[Change]) -> dict[str, dict[Key, Row]]:
    """State of every table after the changes; a row that was deleted is not in it."""
    state: dict[str, dict[Key, Row]] = {table: {} for table in TABLES}
    for change in changes:
        rows = state[change.table]
        if change.operation == "insert":
            rows[change.key] = dict(change.row)
        elif change.operation == "update":
            rows[change.key].update(change.row)
        else:
            del rows[change.key]
    return state
