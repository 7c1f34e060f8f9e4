"""Ingestion: the increments of a source's tables, from a database or an API, through `land`.

Imports no Dagster; the assets call it, and so do tests and benches.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg

from omni_pipeline.bronze import BronzeTable, Modified, ensure_table, wholeness
from omni_pipeline.bronze.increment import TableReader
from omni_pipeline.bronze.landing import MAX_SHRINK, LandingResult, land, read_cursor
from omni_pipeline.bronze.staging import Refused
from omni_pipeline.bronze.wholeness import Known
from omni_pipeline.database import SourceDatabase
from omni_pipeline.errors import NoRight, SourceError
from omni_pipeline.values import FIRST_MOMENT


@dataclass(frozen=True)
class Ingested:
    """What happened to one table; `result` is None when it was not read.

    `unread` then says why, and what stands of it in bronze: `rows_standing` as of `read_at`.
    """

    table: BronzeTable
    result: LandingResult | None
    missing_columns: tuple[str, ...] = ()
    unread: str = ""
    rows_standing: int = 0
    read_at: datetime | None = None


def ingest_database(
    connection: psycopg.Connection[Any],
    database: SourceDatabase,
    tables: Sequence[BronzeTable],
    *,
    complete: bool = False,
    max_shrink: float = MAX_SHRINK,
) -> Iterator[Ingested]:
    """Land the increments of the tables from one consistent snapshot of the source.

    `complete` reads whole tables and finds silent changes and deletions. A table that lost a
    column it had is left as it was last read: nulls would overwrite what is known. Raises
    SourceError when the source cannot be reached or a table never had its key.
    """
    with database.read() as session:
        for table in tables:
            ensure_table(connection, table)
            reader = TableReader(session, table)
            known = wholeness.recall(connection, table.source).get(table.name)
            if not reader.exists:
                yield _unread(connection, table, known, "the source shows no such table")
                continue
            if gone := wholeness.lost(table, known, reader.present):
                why = f"the source no longer shows {', '.join(gone)}"
                yield _unread(connection, table, known, why)
                continue
            if lacking := reader.missing_key:
                raise SourceError(
                    database.variable, f"table {table.name} has no column {', '.join(lacking)}"
                )
            whole = complete or reader.whole
            since = read_cursor(connection, table)
            result = land(
                connection,
                table,
                reader.rows(since, complete=whole),
                cursor=lambda reader=reader: reader.latest,  # type: ignore[misc]
                complete=whole,
                max_shrink=max_shrink,
            )
            wholeness.remember(connection, table, reader.present)
            yield Ingested(table, result, tuple(set(reader.missing) - table.optional))


def _unread(
    connection: psycopg.Connection[Any], table: BronzeTable, known: Known | None, why: str
) -> Ingested:
    if known is None:
        return Ingested(table, None, unread=f"{why}, and never did")
    rows = wholeness.standing(connection, table)
    return Ingested(table, None, unread=why, rows_standing=rows, read_at=known.whole_at)


class ApiClient(Protocol):
    """An API that gives the rows of a table, all of them or those modified since a moment."""

    def rows(
        self, table: BronzeTable, since: datetime | None = None
    ) -> Iterator[Mapping[str, Any] | Refused]: ...


def ingest_api(
    connection: psycopg.Connection[Any],
    client: ApiClient,
    tables: Sequence[BronzeTable],
    *,
    complete: bool = False,
    max_shrink: float = MAX_SHRINK,
) -> Iterator[Ingested]:
    """Land what an API has modified since the stored cursors, less each table's overlap.

    A spared table that the API refuses is left as it was last read, and the others are read.
    """
    for table in tables:
        ensure_table(connection, table)
        clock = table.cursor if isinstance(table.cursor, Modified) else None
        whole = complete or clock is None
        stored = read_cursor(connection, table)
        since = None
        if stored is not None and clock is not None and not whole:
            since = datetime.fromisoformat(stored) - clock.overlap
        latest = _Latest(clock.columns if clock else (), stored)
        try:
            result = land(
                connection,
                table,
                latest.watch(client.rows(table, since)),
                cursor=latest.value,
                complete=whole,
                max_shrink=max_shrink,
            )
        except NoRight as refusal:
            if not table.spared:
                raise
            known = wholeness.recall(connection, table.source).get(table.name)
            yield _unread(connection, table, known, refusal.reason)
            continue
        wholeness.remember(connection, table, ())
        yield Ingested(table, result)


class _Latest:
    """The latest modification time that has passed by, as the next cursor."""

    def __init__(self, columns: Sequence[str], stored: str | None) -> None:
        self._columns = columns
        self._latest = datetime.fromisoformat(stored) if stored else None

    def watch(
        self, rows: Iterator[Mapping[str, Any] | Refused]
    ) -> Iterator[Mapping[str, Any] | Refused]:
        # A list is no snapshot: what is modified while it is read may be missed by it, so the
        # cursor never passes the start of the read. A clock that runs ahead is ignored as well.
        horizon = datetime.now(UTC)
        for row in rows:
            told = {} if isinstance(row, Refused) else row
            for column in self._columns:
                moment = _moment(told.get(column))
                if moment is None or _utc(moment) > horizon:
                    continue
                if self._latest is None or _utc(moment) > _utc(self._latest):
                    self._latest = moment
            yield row

    def value(self) -> str | None:
        return self._latest.isoformat() if self._latest else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return None  # `land` quarantines the row or stores a null
    return moment if str(moment) >= FIRST_MOMENT else None


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
