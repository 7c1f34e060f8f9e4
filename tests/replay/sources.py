"""What a random shop holds and how versions of its rows arrive: the base of the other parts.

`state` is what the sources hold now, `changes` the versions an increment will bring, `lost` what
was deleted and may come back.
"""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from omni_pipeline.sources import source_names
from omni_pipeline.sources.catalog import tables_of
from tests.replay.identifiers import BAND, email, number, written_phone

Row = dict[str, Any]
Address = str  # 'raw_bitrix.b_user'
Key = tuple[Any, ...]
TABLES = {".".join(t.address): t for name in source_names() for t in tables_of(name)}

LATE = 0.12  # share of row versions that come one batch later than they were written
REPEATED = 0.08  # share that comes again, unchanged
HUB = 0.25  # share of addresses that are the office's, the till's or the club's
MOMENTS = ("2026-03-01 10:00:00", "2026-03-01 12:00:00", "2026-03-05 09:30:00")
SALEANONYMOUS = 9_999  # the shared account behind guest orders


def later(moment: str, seconds: int) -> str:
    """A local time so many seconds after another (or before it)."""
    return str(datetime.fromisoformat(moment) + timedelta(seconds=seconds))


def crm_time(moment: str | None) -> str | None:
    """A local time as the CRM writes it."""
    return moment and moment.replace(" ", "T") + "+03:00"


class Sources:
    """The state of one shop's sources, its versions under way, and dice for filling them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.state: dict[Address, dict[Key, Row]] = defaultdict(dict)
        self.changes: dict[Address, list[Row]] = defaultdict(list)
        self.late: dict[Address, list[Row]] = defaultdict(list)
        self.lost: list[tuple[Address, Row]] = []
        self.pairs: list[tuple[str, str, str, str]] = []
        self._counters: dict[str, int] = defaultdict(int)

    def take(self) -> dict[Address, list[Row]]:
        """The versions that arrive now; some stay behind for the next batch."""
        arriving: dict[Address, list[Row]] = defaultdict(list)
        for table, rows in self.late.items():
            arriving[table] += rows
        self.late = defaultdict(list)
        for table, rows in self.changes.items():
            for row in rows:
                held = self.chance.random() < LATE
                (self.late if held else arriving)[table].append(row)
                if self.chance.random() < REPEATED:
                    arriving[table].append(row)
        self.changes = defaultdict(list)
        return arriving

    def _next(self, kind: str) -> int:
        self._counters[kind] += 1
        return number(self.seed, self._counters[kind])

    def _chosen(self, *values: Any) -> Any:
        """One of the values; each as likely as the others."""
        return self.chance.choice(values)

    def _when(self) -> str | None:
        """A local time, at times the same as many others, at times missing."""
        dice = self.chance.random()
        if dice < 0.06:
            return None
        if dice < 0.35:
            return self.chance.choice(MOMENTS)
        day, minute = self.chance.randint(1, 28), self.chance.randint(0, 1439)
        month = self.chance.randint(1, 4)
        return f"2026-{month:02d}-{day:02d} {minute // 60:02d}:{minute % 60:02d}:00"

    def _crm_when(self) -> str | None:
        return crm_time(self._when())

    def _born(self) -> Row:
        """When an object of the CRM was made; the office knows more."""
        return {"date_create": self._crm_when()}

    def _n(self, kind: str) -> int:
        """An address: a hub, a known one, or a new one."""
        dice = self.chance.random()
        known = self._counters[kind]
        if dice < HUB:
            return 1
        if dice < 0.55 and known:
            return self.chance.randint(1, known)
        self._counters[kind] += 1
        return self._counters[kind]

    def _phone(self) -> str:
        return written_phone(self.seed, self._n("phone"))

    def _email(self) -> str:
        address = email(self.seed, self._n("email"))
        return address.upper() if self.chance.random() < 0.2 else address

    def _campaign(self) -> str | None:
        """A campaign of all worlds, of this one (told by its digits), or none."""
        own = f"c{number(self.seed, self.chance.randint(1, 3))}"
        return self._chosen(None, "Spring", own, own)

    def _key(self, table: Address, row: Row) -> Key:
        return tuple(row[column] for column in TABLES[table].key)

    def _put(self, table: Address, row: Row) -> None:
        self.state[table][self._key(table, row)] = row
        self.changes[table].append(row)

    def _drop(self, table: Address, row: Row) -> None:
        """The source deletes a row; a complete reload will tell."""
        self.lost.append((table, self.state[table].pop(self._key(table, row))))

    def _restore(self) -> None:
        """A deleted row comes back as it was."""
        if self.lost:
            table, row = self.lost.pop(self.chance.randrange(len(self.lost)))
            if self._key(table, row) not in self.state[table]:
                self._put(table, row)

    def _some(self, table: Address) -> Row | None:
        rows = [
            row
            for (first, *_), row in self.state[table].items()
            if not isinstance(first, int) or first % BAND != SALEANONYMOUS
        ]
        return dict(self.chance.choice(rows)) if rows else None

    def _id_of(self, table: Address, key: str = "id") -> int | None:
        row = self._some(table)
        return int(row[key]) if row else None

    def _change(self, table: Address, **fields: Any) -> Row | None:
        """A new version of some row of a table, with these fields."""
        row = self._some(table)
        if row:
            row |= fields
            self._put(table, row)
        return row
