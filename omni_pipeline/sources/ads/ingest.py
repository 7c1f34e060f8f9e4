"""Landing of advertising cost: every door in a transaction of its own, one after the other.

Where each door's reading stands is one JSON object in the table's cursor, committed with the rows.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.bronze import BronzeTable, ensure_table
from omni_pipeline.bronze.ingest import Ingested
from omni_pipeline.bronze.landing import MAX_SHRINK, LandingResult, land, read_cursor
from omni_pipeline.errors import RefusedReload, SourceError
from omni_pipeline.sources.ads.reading import Reader, Scope
from omni_pipeline.values import text

NOTHING = LandingResult(0, 0, 0, 0, 0, 0, 0, 0.0)


def ingest_ads(
    connection: psycopg.Connection[Any],
    readers: Sequence[Reader],
    tables: Sequence[BronzeTable],
    *,
    complete: bool = False,
    max_shrink: float = MAX_SHRINK,
) -> Iterator[Ingested]:
    """Land what the doors have; the table's result is the sum over them.

    A door that fails does not keep the others from landing: its error is raised at the end.
    Raises SourceError or RefusedReload.
    """
    for table in tables:
        ensure_table(connection, table)
        states: dict[str, str] = json.loads(read_cursor(connection, table) or "{}")
        total, failures = NOTHING, []
        for reader in readers:
            try:
                result = _land(connection, reader, table, states, complete, max_shrink)
            except (SourceError, RefusedReload) as error:
                failures.append(error)
            else:
                total = _sum(total, result)
        if failures:
            raise _one_of(failures)
        yield Ingested(table, total)


def _land(
    connection: psycopg.Connection[Any],
    reader: Reader,
    table: BronzeTable,
    states: dict[str, str],
    complete: bool,
    max_shrink: float,
) -> LandingResult:
    reading = reader.read(states.get(reader.name), complete)
    if reading is None:
        return NOTHING
    after = {**states, reader.name: reading.state}
    result = land(
        connection,
        table,
        reading.rows,
        cursor=json.dumps(after, sort_keys=True),
        complete=reading.scope is not None,
        within=_condition(reading.scope) if reading.scope else None,
        max_shrink=max_shrink if reading.max_shrink is None else reading.max_shrink,
    )
    states.update(after)
    return result


def _condition(scope: Scope) -> sql.Composable:
    parts: list[sql.Composable] = [
        sql.SQL("standing.{} = any({})").format(
            sql.Identifier(column), sql.Literal([text(value, []) for value in values])
        )
        for column, values in scope.values.items()
    ]
    if scope.first:
        parts.append(sql.SQL("standing.day >= {}").format(sql.Literal(scope.first)))
    if scope.last:
        parts.append(sql.SQL("standing.day <= {}").format(sql.Literal(scope.last)))
    return sql.SQL(" and ").join(parts)


def _sum(one: LandingResult, other: LandingResult) -> LandingResult:
    return LandingResult(*(a + b for a, b in zip(astuple(one), astuple(other), strict=True)))


def _one_of(failures: list[SourceError | RefusedReload]) -> SourceError | RefusedReload:
    first, *others = failures
    if not others:
        return first
    also = "; also: " + "; ".join(str(error) for error in others)
    if isinstance(first, SourceError):
        return SourceError(first.variable, first.reason + also)
    return RefusedReload(str(first) + also)
