"""What the ledger sensor remembers of its sources, and what of it a tick looks at again.

Belongs here: marks (largest id, latest change) that growth moves, and digests of content that an
edit or a deletion moves. A digest is the sum of a hash of each row: it has no order and needs no
sort. Tables are digested in blocks of ids, a few at a tick, so that a tick stays cheap however
large the ledger is; what the newest rows belong to is digested in every tick.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from omni_pipeline.database import Session

BLOCK = 65_536  # ids; a shop's ledger is a block or two
MOST_BLOCKS = 256  # of a table; beyond, blocks grow
ABSENT = "absent"  # marks of a table that is not there
TURN = 4  # blocks a tick digests again besides the newest
# What stands for a table's rows: their number, the sum of their hashes, the latest of their clock.
Block = tuple[int, str, str]


@dataclass(frozen=True)
class Watched:
    """A table of a source: what of it reconciliation reads, and what moves when it changes.

    `clock` moves with every regular change of a row; without one, rows are only added, and any
    change is an edit. A table that `forgets` may lose rows. One that is read `whole` by every run
    is digested whole by every tick.
    """

    name: str
    columns: tuple[str, ...]
    clock: str | None = None
    forgets: bool = False
    whole: bool = False


@dataclass
class Memory:
    """What is known of one table; `size` is that of its blocks."""

    marks: str = ABSENT
    last: int = 0
    size: int = BLOCK
    blocks: dict[int, Block] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What a tick found: `moved` needs a run, `edited` one that reads whole tables."""

    moved: bool = False
    edited: bool = False

    def __or__(self, other: "Change") -> "Change":
        return Change(self.moved or other.moved, self.edited or other.edited)


class Glance:
    """One look at a table through an open session."""

    def __init__(self, session: Session, watched: Watched) -> None:
        self._session = session
        self._watched = watched
        stored = session.columns(watched.name)
        self.columns = [stored[name] for name in watched.columns if name in stored]
        self._id = session.quote(stored["id"]) if "id" in stored else None
        clock = watched.clock
        self._clock = session.quote(stored[clock]) if clock and clock in stored else None
        self._from = session.quote(watched.name)

    @property
    def exists(self) -> bool:
        return self._id is not None

    def marks(self) -> tuple[str, int, int]:
        """Everything that growth moves as text, the least and the largest id."""
        clock = f"max({self._clock})" if self._clock else "null"
        row = self._one(f"select min({self._id}), max({self._id}), {clock} from {self._from}")
        return repr([self.columns, str(row[1]), str(row[2])]), int(row[0] or 0), int(row[1] or 0)

    def block(self, first: int, until: int, known: int) -> tuple[Block, Block]:
        """Rows with ids from `first`, below `until`: those up to the id `known`, and all."""
        content = self._session.digest([self._session.quote(name) for name in self.columns])
        new = f"case when {self._id} > {known} then"
        clock = f"max({self._clock})" if self._clock else "null"
        row = self._one(
            f"select count({new} 1 end), sum({new} {content} end), count(*), sum({content}), "
            f"{clock} from {self._from} where {self._id} >= {first} and {self._id} < {until}"
        )
        added, total, latest = int(row[1] or 0), int(row[3] or 0), str(row[4] or "")
        old = (int(row[2]) - int(row[0]), str(total - added), latest)
        return old, (int(row[2]), str(total), latest)

    def whole(self) -> str:
        content = self._session.digest([self._session.quote(name) for name in self.columns])
        row = self._one(f"select count(*), sum({content}) from {self._from}")
        return repr([self.columns, *map(str, row)])

    def _one(self, statement: str) -> tuple[Any, ...]:
        (row,) = self._session.stream(statement)
        return row


def look(
    session: Session, tables: Sequence[Watched], memory: dict[str, Memory], turn: int
) -> Change:
    """Look at the tables again and bring `memory` up to date; `turn` says whose blocks' turn it is.

    Of a table never looked at before, blocks become known one turn after the other: what is seen
    for the first time is no change beside its marks.
    """
    found, older = Change(), []
    for table in tables:
        glance, known = Glance(session, table), memory.setdefault(table.name, Memory())
        if not glance.exists or table.whole:
            marks = glance.whole() if glance.exists else ABSENT
            found |= Change(moved=marks != known.marks)
            known.marks = marks
            continue
        marks, first, last = glance.marks()
        _fit(known, first, last)
        if not known.marks.startswith(f"[{glance.columns!r}"):
            known.blocks.clear()  # other columns, other digests
        found |= Change(moved=marks != known.marks)
        newest = {known.last // known.size, last // known.size}
        for number in sorted(newest):
            found |= _compare(table, glance, known, number)
        span = range(first // known.size, last // known.size + 1)
        others = sorted({*span, *known.blocks} - newest)
        older += [(table, glance, known, number) for number in others]
        known.marks = marks
        known.last = last
    for _, place in zip(range(TURN), _round(len(older), turn * TURN), strict=False):
        found |= _compare(*older[place])
    return found


def _round(length: int, start: int) -> Iterator[int]:
    for number in range(length):
        yield (start + number) % length


def _compare(table: Watched, glance: Glance, known: Memory, number: int) -> Change:
    """Digest a block again; a difference that neither growth nor a clock explains is an edit."""
    first = number * known.size
    before = known.blocks.get(number)
    old, now = glance.block(first, first + known.size, known.last)
    known.blocks[number] = now
    if not now[0]:
        del known.blocks[number]
    if before is None or before[:2] == old[:2]:
        return Change()
    if table.forgets and old[0] < before[0]:
        return Change()
    if table.clock and old[2] > before[2]:
        return Change()
    return Change(moved=True, edited=True)


def _fit(known: Memory, first: int, last: int) -> None:
    """Blocks large enough that there are not too many of them; larger ones are learned anew."""
    while (last - first) // known.size >= MOST_BLOCKS:
        known.size *= 2
        known.blocks.clear()


def pack(memory: dict[str, Memory]) -> str:
    """The memory as text, for a cursor."""
    return json.dumps(
        {name: [m.marks, m.last, m.size, m.blocks] for name, m in memory.items()},
        sort_keys=True,
        separators=(",", ":"),
    )


def unpack(text: str) -> dict[str, Memory]:
    """The memory of a cursor; of one that is none of ours, nothing."""
    try:
        return {
            name: Memory(marks, last, size, {int(n): tuple(b) for n, b in blocks.items()})
            for name, (marks, last, size, blocks) in json.loads(text).items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def name_of(memory: dict[str, Memory]) -> str:
    """A short name of what is remembered."""
    return hashlib.sha256(pack(memory).encode()).hexdigest()[:16]
