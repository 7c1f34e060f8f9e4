"""The first half of a landing: rows of a source become the temporary tables of one batch.

`incoming` holds repaired rows in the order they came (`_place`); `incoming_refused` those that no
value rule could repair, with the reason. Both live in `pg_temp` and end with the transaction.
One guard stands around each row: whatever goes wrong with it, here or in PostgreSQL, refuses that
row and no other. Memory does not grow with the batch: rows go to COPY by thousands, refusals spool
to a file.
"""

import csv
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.guard import attempt, raw_of, reason_of
from omni_pipeline.values import CONVERTERS, INDEXED_BYTES, BadValue, convert_row, indexable, text

SPOOL_BYTES = 4 * 2**20
CHUNK = 2_000  # rows that PostgreSQL takes or refuses at once
LONGEST_RAW = 1_000_000  # characters of a refused row that are kept; its hash is of all
LONGEST_REASON = 300


@dataclass(frozen=True)
class Refused:
    """A row that its reader could not understand: it goes to the quarantine as it came.

    `key` is the row's key in the table, where the reader could tell it: the row that stands under
    it is not absent.
    """

    reason: str
    raw: Any
    key: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Total:
    """A line that sums up other lines of its file: counted, never a row."""


# A mapping may carry `_repairs`, the names of value rules that its reader has applied already.
RowValues = Sequence[Any] | Mapping[str, Any] | Refused | Total


def guarded(
    items: Iterable[Any],
    convert: Callable[[Any], Mapping[str, Any]],
    key: Callable[[Any], tuple[Any, ...]] = lambda item: (),
) -> Iterator[Mapping[str, Any] | Refused]:
    """Rows of the items of an answer; one that cannot be read is refused, and the next is read."""
    for item in items:
        if not isinstance(item, Mapping):
            yield Refused("is not an object", item)
            continue
        row = attempt(convert, item)
        if isinstance(row, Exception):
            told = attempt(key, item)
            yield Refused(reason_of(row), item, None if isinstance(told, Exception) else told)
        else:
            yield row


def stage(
    connection: psycopg.Connection[Any], table: BronzeTable, rows: Iterable[RowValues]
) -> tuple[int, int, int]:
    """Fill both temporary tables; how many rows came, were refused, were totals."""
    _create(connection, table)
    count = totals = 0
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES, "w+", newline="", encoding="utf-8") as spool:
        batch = _Batch(connection, table, csv.writer(spool))
        for row in rows:
            count += 1
            if isinstance(row, Total):
                totals += 1
            elif isinstance(row, Refused):
                batch.refuse(row)
            else:
                batch.take(row)
        batch.flush()
        spool.seek(0)
        with (
            connection.cursor() as cursor,
            cursor.copy("copy incoming_refused from stdin (format csv)") as copy,
        ):
            while block := spool.read(2**16):
                copy.write(block)
    return count, batch.refused, totals


class _Batch:
    """Rows on their way into `incoming`, some thousands at a time; what cannot go is refused."""

    def __init__(
        self, connection: psycopg.Connection[Any], table: BronzeTable, refusals: Any
    ) -> None:
        self._connection, self._refusals = connection, refusals
        self._names = list(table.stored_columns)
        kinds = list(table.stored_columns.values())
        self._converters = [CONVERTERS[kind] for kind in table.kinds]
        self._key = [self._names.index(name) for name in table.key]
        self._key_names = ", ".join(table.key)
        self._key_texts = [place for place in self._key if kinds[place] == "text"]
        indexed = {self._names.index(name) for columns in table.indexes for name in columns
                   if name in table.stored_columns}  # fmt: skip
        texts = {place for place in indexed if kinds[place] == "text"}
        self._indexed_texts = sorted(texts - set(self._key))
        copied = sql.SQL(", ").join(map(sql.Identifier, [*self._names, "_repairs"]))
        self._copy = sql.SQL("copy incoming ({}) from stdin").format(copied)
        self._chunk: list[tuple[list[Any], Any]] = []
        self.refused = 0

    def refuse(self, row: Refused) -> None:
        """Keep what its reader has refused."""
        self._refuse(row.reason, row.raw, attempt(_plain_key, row.key or ()))

    def take(self, row: Sequence[Any] | Mapping[str, Any]) -> None:
        """Add a row, or refuse it."""
        prepared = attempt(self._prepared, row)
        if isinstance(prepared, Exception):
            self._refuse_row(prepared, row)
            return
        self._chunk.append((prepared, row))
        if len(self._chunk) == CHUNK:
            self.flush()

    def flush(self) -> None:
        """Hand the rows over to PostgreSQL."""
        self._send(self._chunk)
        self._chunk = []

    def _values(self, row: Sequence[Any] | Mapping[str, Any]) -> Sequence[Any]:
        return [row.get(name) for name in self._names] if isinstance(row, Mapping) else row

    def _prepared(self, row: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        """The values for COPY."""
        values = self._values(row)
        converted, repairs = convert_row(values, self._converters, self._names)
        for place in self._key:
            if converted[place] is None:
                raise BadValue(f"{self._key_names}: a key must not be null")
        if self._key_texts:
            self._check_key(values, converted)
        for place in self._indexed_texts:
            written = converted[place]
            if written is not None and len(written) * 4 > INDEXED_BYTES:
                converted[place] = indexable(written, repairs)
        if isinstance(row, Mapping):
            repairs += row.get("_repairs", ())
        converted.append(sorted(set(repairs)) if repairs else None)
        return converted

    def _check_key(self, values: Sequence[Any], converted: Sequence[Any]) -> None:
        if any(isinstance(values[place], Mapping | list | tuple) for place in self._key_texts):
            raise BadValue(f"{self._key_names}: a key must be a plain value")
        written = "".join(converted[place] for place in self._key_texts)
        # A character takes four bytes at most.
        if len(written) * 4 > INDEXED_BYTES and len(written.encode()) > INDEXED_BYTES:
            raise BadValue(f"{self._key_names}: a key of more than {INDEXED_BYTES:,} bytes")

    def _send(self, rows: list[tuple[list[Any], Any]]) -> None:
        """COPY the rows; of those that PostgreSQL refuses, halves, down to the one at fault."""
        if not rows:
            return
        try:
            with (
                self._connection.transaction(),
                self._connection.cursor() as cursor,
                cursor.copy(self._copy) as copy,
            ):
                for prepared, _ in rows:
                    copy.write_row(prepared)
        except (psycopg.Error, ValueError, TypeError) as error:
            if isinstance(error, psycopg.Error) and not _is_of_a_row(error):
                raise
            if len(rows) == 1:
                self._refuse_row(error, rows[0][1])
                return
            middle = len(rows) // 2
            self._send(rows[:middle])
            self._send(rows[middle:])

    def _refuse_row(self, error: Exception, row: Any) -> None:
        values = self._values(row)
        raw: Any = values
        if isinstance(values, list | tuple):
            raw = dict(zip(self._names, values, strict=False))
        self._refuse(reason_of(error), raw, attempt(self._key_of, values))

    def _key_of(self, values: Sequence[Any]) -> list[str]:
        return [str(self._converters[place](values[place], [])) for place in self._key]

    def _refuse(self, reason: str, raw: Any, key: list[str] | Exception) -> None:
        self.refused += 1
        if isinstance(key, Exception):
            key = []  # a row without a readable key stands for no other
        shown = raw_of(raw)
        digest = hashlib.sha256(shown.encode()).hexdigest()
        reason = text(reason, [])[:LONGEST_REASON]
        self._refusals.writerow([reason, json.dumps(key), shown[:LONGEST_RAW], digest])


def _is_of_a_row(error: psycopg.Error) -> bool:
    """Whether the data are at fault, and not the connection, the disk or a right: data exceptions
    and limits of the program."""
    return isinstance(error, psycopg.DataError) or (error.sqlstate or "").startswith("54")


def _plain_key(key: Iterable[Any]) -> list[str]:
    return [text(value, []) for value in key]


def drop_incoming(connection: psycopg.Connection[Any]) -> None:
    """Make room for another batch in the same transaction."""
    connection.execute("drop table pg_temp.incoming, pg_temp.incoming_refused")


def _create(connection: psycopg.Connection[Any], table: BronzeTable) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in table.stored_columns.items()
    )
    connection.execute(
        sql.SQL(
            "create temporary table incoming ({}, _repairs text[], "
            "_place bigint generated always as identity) on commit drop"
        ).format(columns)
    )
    # json.dumps escapes everything outside ASCII, so `raw` fits any text column.
    connection.execute(
        "create temporary table incoming_refused "
        "(reason text, key text, raw text, raw_hash text) on commit drop"
    )
