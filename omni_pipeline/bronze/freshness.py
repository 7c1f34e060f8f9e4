"""Whether a source is late: the time of its newest rows against its own usual rhythm.

The rhythm of a table is the set of hours that its rows are of, by the rows' own time, over the last
weeks (`ops.active_hour`). A silence is measured in the hours in which rows usually came and now did
not, so that nights, weekends and quiet tables alarm nobody.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.bronze import BronzeTable

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
WEEKS = 8  # of the past that make the rhythm
LEAST_WEEKS = 2  # with less of a past nobody knows what is usual
# Rows that come by chance, on average one in an hour, pause for eight by a chance of 1 in 3,000.
LIMIT = 8.0
DAYS_LIMIT = 3.0  # of tables whose rows have a day and no hour: one "hour" a day


@dataclass(frozen=True)
class Silence:
    """How long a table has been silent; `missed` hours of it are hours that usually brought rows.

    `weeks` is how many weeks of the past say what is usual; too few say nothing.
    """

    newest: datetime
    weeks: int
    usual: float
    missed: float
    limit: float = LIMIT

    @property
    def late(self) -> bool:
        return self.weeks >= LEAST_WEEKS and self.missed >= self.limit


def measure(hours: Collection[datetime], now: datetime, limit: float = LIMIT) -> Silence:
    """The silence after the last of `hours`, judged by the weeks before it."""
    active = set(hours)
    newest = max(active)
    weeks = min(WEEKS, int((newest - min(active)) / WEEK))
    if weeks < LEAST_WEEKS:
        return Silence(newest, weeks, 0.0, 0.0, limit)
    usual = sum(newest - weeks * WEEK < hour for hour in active) / weeks
    missed, hour = 0, newest + HOUR
    while hour + HOUR <= now and hour <= newest + WEEKS * WEEK:
        # The same hour of the week, in weeks that lie before the silence.
        back = -((newest - hour) // WEEK)
        missed += sum(hour - (back + week) * WEEK in active for week in range(weeks))
        hour += HOUR
    return Silence(newest, weeks, usual, missed / weeks, limit)


def note_hours(connection: psycopg.Connection[Any], table: BronzeTable, zone: str) -> None:
    """Add the hours of the rows that arrived since the last call; naive times are of `zone`."""
    if not table.own_times:
        return
    try:
        row = connection.execute(
            sql.SQL("select max(_seq) from {}").format(table.identifier)
        ).fetchone()
    except psycopg.errors.UndefinedTable:  # a run of other tables came first
        return
    if row is None or row[0] is None:
        return
    with connection.transaction():
        seen = connection.execute(
            """
            insert into ops.source_table as known (source, table_name, columns, whole_at, seen_seq)
            values (%s, %s, '{}', clock_timestamp(), 0)
            on conflict (source, table_name) do update set seen_seq = known.seen_seq
            returning seen_seq
            """,
            [table.source, table.name],
        ).fetchone()
        assert seen is not None
        for column in table.own_times:
            connection.execute(
                sql.SQL(
                    """
                    insert into ops.active_hour
                    select distinct {source}, {name}, date_trunc('hour', {moment}, 'UTC')
                    from {table}
                    where _seq > {seen} and _seq <= {until}
                        and {column} > {now} - {kept} and {column} <= {now}
                    on conflict do nothing
                    """
                ).format(
                    source=sql.Literal(table.source),
                    name=sql.Literal(table.name),
                    moment=_zoned(table, column, zone),
                    column=sql.Identifier(column),
                    now=_local(table, column, zone),
                    table=table.identifier,
                    seen=sql.Literal(seen[0]),
                    until=sql.Literal(row[0]),
                    kept=sql.Literal((WEEKS + 2) * WEEK),
                )
            )
        connection.execute(
            "update ops.source_table set seen_seq = %s where source = %s and table_name = %s",
            [row[0], table.source, table.name],
        )
        connection.execute(
            """
            delete from ops.active_hour as old
            where source = %(source)s and table_name = %(name)s and hour < (
                select max(hour) - %(kept)s from ops.active_hour
                where source = %(source)s and table_name = %(name)s
            )
            """,
            {"source": table.source, "name": table.name, "kept": (WEEKS + 2) * WEEK},
        )


def silences(
    connection: psycopg.Connection[Any], tables: Collection[BronzeTable], now: datetime
) -> Iterator[tuple[BronzeTable, Silence]]:
    """The silence of each table that ever had a row with a time."""
    for table in tables:
        rows = connection.execute(
            "select hour from ops.active_hour where source = %s and table_name = %s",
            [table.source, table.name],
        ).fetchall()
        if rows:
            daily = all(table.columns[name] == "date" for name in table.own_times)
            limit = DAYS_LIMIT if daily else LIMIT
            yield table, measure([hour for (hour,) in rows], now, limit)


def in_words(table: BronzeTable, silence: Silence) -> str:
    """One sentence on a late table."""
    return (
        f"{table.name}: no row since {silence.newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC; "
        f"{silence.missed:.1f} hours have passed in which rows usually come"
    )


def _zoned(table: BronzeTable, column: str, zone: str) -> sql.Composable:
    """The column as timestamptz."""
    value = sql.Identifier(column)
    if table.columns[column] == "timestamptz":
        return value
    return sql.SQL("({}::timestamp at time zone {})").format(value, sql.Literal(zone))


def _local(table: BronzeTable, column: str, zone: str) -> sql.Composable:
    """Now as the column would write it: a year beyond what can be converted is compared as is."""
    if table.columns[column] == "timestamptz":
        return sql.SQL("now()")
    return sql.SQL("(now() at time zone {})").format(sql.Literal(zone))
