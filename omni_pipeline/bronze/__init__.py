"""Declarations of bronze tables: what a raw table holds, how it is keyed and how it is read.

Belongs here: the shape of `raw_<source>.<table>` and its DDL. Does not belong here: writing rows
(`landing.py`), reading a source (`database.py`, `sources/*/client.py`), repairing values
(`values.py`).

Every raw table is an append-only history. Beside its declared columns it carries
`_seq` (arrival order over the whole warehouse), `_next_seq` (the `_seq` of the version that
replaced this one, null while it stands), `_loaded_at`, `_batch_id`, `_row_hash`, `_deleted`
(tombstone) and `_repairs` (names of the value rules that changed this row on its way in).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

SYSTEM_COLUMNS: Mapping[str, str] = {
    "_seq": "bigint not null primary key",
    "_next_seq": "bigint",
    "_loaded_at": "timestamptz not null",
    "_batch_id": "bigint not null",
    "_row_hash": "uuid not null",
    "_deleted": "boolean not null",
    "_repairs": "text[]",
}


@dataclass(frozen=True)
class Appended:
    """Rows are only added; read `column > last - overlap`.

    The overlap is counted in ids: a lower id can commit after a higher one was read.
    """

    column: str
    overlap: int = 1_000


@dataclass(frozen=True)
class Modified:
    """Rows change and at least one of `columns` moves; read where any is `>= last - overlap`.

    `ids` beside the clocks: a row written late has an old time but a new id.
    """

    columns: tuple[str, ...]
    overlap: timedelta = timedelta(hours=1)
    ids: Appended | None = None


@dataclass(frozen=True)
class OwnedBy:
    """Rows without a clock of their own, re-read whenever the parent row moved.

    `ids`: a row that was added while its parent stood still has a new id.
    """

    column: str
    parent: str
    parent_key: str
    parent_cursor: Modified
    ids: Appended | None = None


@dataclass(frozen=True)
class Snapshot:
    """Read whole every time and compared by key and content; for small or clockless tables."""


Cursor = Appended | Modified | OwnedBy | Snapshot


@dataclass(frozen=True)
class BronzeTable:
    """One raw table.

    `columns` maps names to PostgreSQL types and lists no secrets. `optional` columns may be absent
    in older builds of the source and are then null. `aliases` gives other names a column goes by.
    With `uf`, every column of the source called UF_* is gathered into one `uf jsonb`.
    With `payload`, the whole answer of a REST source is kept in `payload jsonb`. A table that
    `forgets` loses old rows as routine (log retention): what it lacks is not deleted here.
    `happened` is the row's own time where the cursor has none; by it a source is fresh or late.
    `counts` are columns of whole numbers that are summed: their bound is that of money.
    A source works without a table that is `spared`: an API that refuses that one is told in words.
    Each of `indexes` names the columns of one more btree index over all versions, declared where a
    model looks rows up by something other than `_seq` or the key of standing rows.
    """

    source: str
    name: str
    description: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    cursor: Cursor
    optional: frozenset[str] = frozenset()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uf: bool = False
    payload: bool = False
    forgets: bool = False
    happened: str | None = None
    counts: frozenset[str] = frozenset()
    indexes: tuple[tuple[str, ...], ...] = ()
    spared: bool = False

    @property
    def own_times(self) -> tuple[str, ...]:
        """Columns with a row's own time; none for tables that nobody expects to move."""
        if self.happened:
            return (self.happened,)
        return self.cursor.columns if isinstance(self.cursor, Modified) else ()

    @property
    def schema(self) -> str:
        return f"raw_{self.source}"

    @property
    def address(self) -> tuple[str, str]:
        """Schema and name: also the Dagster asset key."""
        return (self.schema, self.name)

    @property
    def stored_columns(self) -> dict[str, str]:
        """Declared columns plus the jsonb columns that `uf` and `payload` add, in stored order."""
        extra = {"uf": "jsonb"} if self.uf else {}
        if self.payload:
            extra["payload"] = "jsonb"
        return {**self.columns, **extra}

    @property
    def kinds(self) -> list[str]:
        """The value rule of each stored column: its type, or `count`."""
        stored = self.stored_columns
        return ["count" if name in self.counts else kind for name, kind in stored.items()]

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(*self.address)


def ensure_table(connection: psycopg.Connection[Any], table: BronzeTable) -> None:
    """Create the table with its indexes if absent, and add columns declared since it was made."""
    definitions = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in {**table.stored_columns, **SYSTEM_COLUMNS}.items()
    ]
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    statements = [
        sql.SQL("create schema if not exists {}").format(sql.Identifier(table.schema)),
        sql.SQL("create table if not exists {} ({})").format(
            table.identifier, sql.SQL(", ").join(definitions)
        ),
        # One standing version per key; also the probe of every landing.
        sql.SQL("create unique index if not exists {} on {} ({}) where _next_seq is null").format(
            sql.Identifier(f"{table.name}_current"), table.identifier, key
        ),
        # What ended since a watermark: bronze is its own change log.
        sql.SQL(
            "create index if not exists {} on {} (_next_seq) where _next_seq is not null"
        ).format(sql.Identifier(f"{table.name}__next_seq"), table.identifier),
    ]
    statements += [
        sql.SQL("alter table {} add column if not exists {} {}").format(
            table.identifier,
            sql.Identifier(name),
            sql.SQL(kind),
        )
        for name, kind in table.stored_columns.items()
    ]
    # Last: an index may cover a column added just now.
    statements += [
        sql.SQL("create index if not exists {} on {} ({})").format(
            sql.Identifier("_".join([table.name, *columns])),
            table.identifier,
            sql.SQL(", ").join(map(sql.Identifier, columns)),
        )
        for columns in table.indexes
    ]
    with connection.transaction():
        for statement in statements:
            connection.execute(statement)
