"""Whether a source still has what it had: its tables, their columns, the right to read them.

What was ever read is remembered in `ops.source_table`; what is there is asked of the source. Used
by the check `source_is_whole` and by `omni doctor`, so that both say the same.

A part of a source that is gone for good is forgotten by deleting its row from `ops.source_table`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.increment import TableReader
from omni_pipeline.database import SourceDatabase

# Of the tables of each line a source needs at least one.
Required = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Known:
    """What was read of a table: every column ever seen, and when all of them were last there."""

    columns: frozenset[str]
    whole_at: datetime

    @property
    def words(self) -> str:
        return f"last whole {self.whole_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True)
class Seen:
    """What a source shows of a table now; `whereabouts` says why where that is nothing."""

    table: BronzeTable
    columns: frozenset[str]
    withheld: frozenset[str]
    whereabouts: str
    is_empty: bool = False

    @property
    def present(self) -> bool:
        return bool(self.columns)


def look(database: SourceDatabase, tables: Sequence[BronzeTable]) -> list[Seen]:
    """Ask the source what it has, and whether there is a row. Raises SourceError."""
    found = []
    with database.read() as session:
        for table in tables:
            reader = TableReader(session, table)
            hidden = frozenset() if reader.exists else session.withheld(table.name)
            absent = not reader.exists and not hidden
            found.append(
                Seen(
                    table,
                    frozenset(reader.present),
                    hidden or frozenset(reader.withheld),
                    session.whereabouts(table.name) if absent else "",
                    reader.exists
                    and not list(
                        session.stream(f"select 1 from {session.quote(table.name)} limit 1")
                    ),
                )
            )
    return found


def recall(connection: psycopg.Connection[Any], source: str) -> dict[str, Known]:
    """What the warehouse remembers of the tables of a source, by name."""
    rows = connection.execute(
        "select table_name, columns, whole_at from ops.source_table where source = %s", [source]
    )
    return {name: Known(frozenset(columns), whole_at) for name, columns, whole_at in rows}


def remember(
    connection: psycopg.Connection[Any], table: BronzeTable, columns: Collection[str]
) -> None:
    """Note that a table was read, with these columns; those it had before are kept."""
    connection.execute(
        """
        insert into ops.source_table as known (source, table_name, columns, whole_at)
        values (%s, %s, %s, clock_timestamp())
        on conflict (source, table_name) do update set
            columns = array(select unnest(known.columns) union select unnest(excluded.columns)),
            whole_at = case
                when excluded.columns @> known.columns then excluded.whole_at
                else known.whole_at
            end
        """,
        [table.source, table.name, sorted(columns)],
    )


def standing(connection: psycopg.Connection[Any], table: BronzeTable) -> int:
    """Rows of a table that stand in bronze; 0 if the connection's patience ends before."""
    if connection.execute("select to_regclass(%s)", [".".join(table.address)]).fetchone() == (
        None,
    ):
        return 0
    try:
        row = connection.execute(
            f"select count(*) from {table.schema}.{table.name} "
            "where _next_seq is null and not _deleted"
        ).fetchone()
    except psycopg.errors.QueryCanceled:
        return 0
    return int(row[0]) if row else 0


def lost(table: BronzeTable, known: Known | None, columns: Collection[str]) -> list[str]:
    """Columns a table had and has not, without which it is left as it was last read."""
    had = known.columns if known else frozenset()
    return sorted((had & set(table.columns)) - set(columns) - table.optional)


def faults(
    seen: Sequence[Seen],
    known: Mapping[str, Known],
    required: Required = (),
    *,
    expected: bool = True,
    rows: Mapping[str, int] | None = None,
) -> list[str]:
    """One sentence for each table that is not what it was, beginning with its name.

    Without `expected` the source is looked for by chance (in another's database): what it requires
    counts only if some of it is or was there. `rows` are those that stand of tables without any.
    """
    found = []
    for table in seen:
        name, before = table.table.name, known.get(table.table.name)
        if said := _fault(table, before):
            left = (rows or {}).get(name)
            tail = f"; {left:,} rows stand as last read" if left and not table.present else ""
            found.append(f"{name}: {said}{tail}" + (f" ({before.words})" if before else ""))
        elif table.is_empty and not table.table.forgets and (stand := (rows or {}).get(name)):
            # A view in its place, or row security: what is hidden looks like nothing.
            found.append(f"{name}: no row of it can be seen, and {stand:,} rows stand")
    if expected or known or any(table.present or table.withheld for table in seen):
        there = {table.table.name for table in seen if table.present}
        told = {said.partition(":")[0] for said in found}
        for names in required:
            if not there.intersection(names) and not told.intersection(names):
                found.append(f"{' or '.join(names)}: the source has none, and needs it")
    return found


def silenced(
    connection: psycopg.Connection[Any] | None,
    tables: Sequence[BronzeTable],
    readable: Mapping[str, str | None],
) -> list[str]:
    """Tables that an API refuses, or of which it shows nothing though rows of them stand.

    An API answers a user who lost a right as if there were nothing to read.
    """
    found = []
    for table in tables:
        if said := readable.get(table.name):
            found.append(f"{table.name}: refused, {said}")
        elif said is not None and connection and (rows := standing(connection, table)):
            found.append(
                f"{table.name}: nothing of it can be read, and {rows:,} rows stand; the right to "
                "read it may be gone"
            )
    return found


def _fault(seen: Seen, known: Known | None) -> str:
    """What is wrong with one table; empty if it never was there, or is as it was."""
    if not seen.present:
        if seen.withheld:
            return "the right to SELECT it is missing"
        return f"it is {seen.whereabouts}" if known else ""
    gone = (known.columns if known else frozenset()) - seen.columns
    # A column that nobody ever read is missed only where the source has it and we need it.
    denied = seen.withheld & (gone | (set(seen.table.columns) - seen.table.optional))
    said = []
    if denied:
        said.append(f"the right to SELECT {_columns(denied)} is missing")
    if gone - denied:
        said.append(f"{_columns(gone - denied)} gone")
    if said:
        left = lost(seen.table, known, seen.columns)
        said.append("left as last read" if left else "read as null")
    return "; ".join(said)


def _columns(names: Collection[str]) -> str:
    return f"column{'s' * (len(names) > 1)} {', '.join(sorted(names))}"
