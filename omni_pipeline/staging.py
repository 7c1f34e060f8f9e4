"""The first half of a landing: rows of a source become the temporary tables of one batch.

`incoming` holds repaired rows in the order they came (`_place`); `incoming_refused` those that no
value rule could repair, with the reason. Both live in `pg_temp` and end with the transaction.
Memory does not grow with the batch: rows stream into COPY, refusals spool to a file.
"""

import csv
import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.values import CONVERTERS, BadValue, convert_row

SPOOL_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Refused:
    """A row that its reader could not understand: it goes to the quarantine as it came.

    `key` is the row's key in the table, where the reader could tell it: the row that stands under
    it is not absent.
    """

    reason: str
    raw: str
    key: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Total:
    """A line that sums up other lines of its file: counted, never a row."""


RowValues = Sequence[Any] | Mapping[str, Any] | Refused | Total


def stage(
    connection: psycopg.Connection[Any], table: BronzeTable, rows: Iterable[RowValues]
) -> tuple[int, int, int]:
    """Fill both temporary tables; how many rows came, were refused, were totals."""
    names = list(table.stored_columns)
    converters = [CONVERTERS[kind] for kind in table.kinds]
    key_positions = [names.index(name) for name in table.key]
    _create(connection, table)
    count = refused = totals = 0
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES, "w+", newline="", encoding="utf-8") as spool:
        refusals = csv.writer(spool)
        copied = sql.SQL(", ").join(map(sql.Identifier, [*names, "_repairs"]))
        statement = sql.SQL("copy incoming ({}) from stdin").format(copied)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                count += 1
                if isinstance(row, Total):
                    totals += 1
                    continue
                if isinstance(row, Refused):
                    refused += 1
                    raw = json.dumps(row.raw)
                    key = json.dumps([str(value) for value in row.key or ()])
                    refusals.writerow([row.reason, key, raw, _digest(raw)])
                    continue
                values = [row.get(name) for name in names] if isinstance(row, Mapping) else row
                try:
                    converted, repairs = convert_row(values, converters, names)
                    if any(converted[position] is None for position in key_positions):
                        raise BadValue(f"{', '.join(table.key)}: a key must not be null")
                except BadValue as error:
                    refused += 1
                    key = json.dumps([str(values[position]) for position in key_positions])
                    raw = json.dumps(dict(zip(names, values, strict=False)), default=repr)
                    refusals.writerow([str(error), key, raw, _digest(raw)])
                    continue
                copy.write_row([*converted, sorted(set(repairs)) or None])
        spool.seek(0)
        with (
            connection.cursor() as cursor,
            cursor.copy("copy incoming_refused from stdin (format csv)") as copy,
        ):
            while block := spool.read(2**16):
                copy.write(block)
    return count, refused, totals


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()


def drop_incoming(connection: psycopg.Connection[Any]) -> None:
    """Make room for another batch in the same transaction."""
    connection.execute("drop table pg_temp.incoming, pg_temp.incoming_refused")


def _create(connection: psycopg.Connection[Any], table: BronzeTable) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))  # type: ignore[arg-type]
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
