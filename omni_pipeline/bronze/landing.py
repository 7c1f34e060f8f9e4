"""Landing: the only code that writes the raw_* schemas and the `ops` bookkeeping behind them.

One call of `land` is one transaction: the versions of the batch, the tombstones, the source's
cursor and the row in `ops.batch` are committed together or not at all. `_seq` is drawn and
committed under one lock, so a reader that has seen `_seq = n` never later sees a smaller
new one.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.staging import RowValues, drop_incoming, stage
from omni_pipeline.errors import RefusedReload
from omni_pipeline.ops import ARRIVAL, lock

MAX_SHRINK = 0.20  # share of a table that one complete reload may tombstone
SHRINK_FLOOR = 20  # rows: below this a dictionary may lose any share


@dataclass(frozen=True)
class LandingResult:
    """Row counts of one batch.

    rows_in = new + changed + unchanged + repeated + quarantined + totals.
    """

    rows_in: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_deleted: int
    rows_quarantined: int
    rows_repeated: int
    seconds: float
    rows_totals: int = 0


def read_cursor(connection: psycopg.Connection[Any], table: BronzeTable) -> str | None:
    """The cursor that the last landed batch left, or None before the first."""
    row = connection.execute(
        "select value from ops.cursor where source = %s and table_name = %s",
        [table.source, table.name],
    ).fetchone()
    return row[0] if row else None


def land(
    connection: psycopg.Connection[Any],
    table: BronzeTable,
    rows: Iterable[RowValues],
    *,
    cursor: str | Callable[[], str | None] | None = None,
    complete: bool = False,
    within: sql.Composable | None = None,
    max_shrink: float = MAX_SHRINK,
) -> LandingResult:
    """Append the versions that `rows` bring to the table, in one transaction.

    Rows are sequences in the order of `table.stored_columns`, or mappings by column name. Of a key
    that comes twice the last row counts. `cursor` is stored with the rows; a function is asked for
    it after the last row, and None leaves the stored one. With `complete`, `rows` is all that the
    source holds, and standing rows it lacks get a tombstone, unless the table `forgets`; `within`
    narrows that to the standing rows (alias `standing`) for which the condition is true.

    Raises RefusedReload when a complete reload would tombstone more than `max_shrink` of the
    table; nothing is changed then.
    """
    started = time.monotonic()
    with connection.transaction():
        rows_in, refused, totals = stage(connection, table, rows)
        lock(connection, ARRIVAL)
        batch_id = _next_batch(connection)
        _quarantine(connection, table, batch_id)
        staged = _find_arrivals(connection, table)
        if complete and not table.forgets:
            _find_absent(connection, table, max_shrink, within or sql.SQL("true"))
        new, changed, deleted, max_seq = _append_versions(connection, table, batch_id)
        drop_incoming(connection)
        value = cursor() if callable(cursor) else cursor
        if value is not None:
            _store_cursor(connection, table, value)
        result = LandingResult(
            rows_in=rows_in,
            rows_new=new,
            rows_changed=changed,
            rows_unchanged=staged - new - changed,
            rows_repeated=rows_in - refused - totals - staged,
            rows_deleted=deleted,
            rows_quarantined=refused,
            seconds=round(time.monotonic() - started, 3),
            rows_totals=totals,
        )
        _record(connection, table, batch_id, result, "complete" if complete else "part", max_seq)
    return result


def _next_batch(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "select nextval(pg_get_serial_sequence('ops.batch', 'batch_id'))"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _quarantine(connection: psycopg.Connection[Any], table: BronzeTable, batch_id: int) -> None:
    # A bad row inside an overlap window comes again every hour; it is kept once.
    connection.execute(
        """
        insert into ops.quarantine (batch_id, source, table_name, reason, raw, raw_hash)
        select %s, %s, %s, reason, raw, raw_hash from incoming_refused
        on conflict (source, table_name, raw_hash, reason) do nothing
        """,
        [batch_id, table.source, table.name],
    )


def _find_arrivals(connection: psycopg.Connection[Any], table: BronzeTable) -> int:
    """Fill `arrivals` with versions to append, in arrival order; give back the distinct keys."""
    listed = _columns(table)
    connection.execute(
        sql.SQL(
            """
            create temporary table latest on commit drop as
            select distinct on ({key}) {listed}, _repairs, _place,
                md5(row({listed})::text)::uuid as _row_hash
            from incoming
            order by {key}, _place desc
            """
        ).format(key=_key(table), listed=listed)
    )
    connection.execute(
        sql.SQL(
            """
            create temporary table arrivals on commit drop as
            select nextval('ops.seq') as _seq, found.* from (
                select {of_latest}, latest._repairs, latest._row_hash, false as _deleted,
                    standing._seq as _old_seq, coalesce(standing._deleted, true) as _is_new
                from latest
                left join {table} as standing on {on_key} and standing._next_seq is null
                where standing._seq is null or standing._deleted
                    or standing._row_hash <> latest._row_hash
                order by latest._place
            ) as found
            """
        ).format(
            of_latest=_columns(table, "latest"),
            table=table.identifier,
            on_key=_on_key(table, "latest"),
        )
    )
    row = connection.execute("select count(*) from latest").fetchone()
    assert row is not None
    return int(row[0])


def _find_absent(
    connection: psycopg.Connection[Any],
    table: BronzeTable,
    max_shrink: float,
    within: sql.Composable,
) -> None:
    """Add a tombstone with the last known values for each standing row the source lacks.

    A row that came but was refused is not absent.
    """
    key_text = sql.SQL(", ").join(
        sql.SQL("standing.{}::text").format(sql.Identifier(name)) for name in table.key
    )
    absent = connection.execute(
        sql.SQL(
            """
            insert into arrivals
            select nextval('ops.seq'), found.* from (
                select {of_standing}, standing._repairs, standing._row_hash, true,
                    standing._seq, false
                from {table} as standing
                where standing._next_seq is null and not standing._deleted and ({within})
                    and not exists (select from latest where {on_key})
                    and jsonb_build_array({key_text}) not in (
                        select key::jsonb from incoming_refused
                    )
                order by standing._seq
            ) as found
            """
        ).format(
            of_standing=_columns(table, "standing"),
            table=table.identifier,
            on_key=_on_key(table, "latest"),
            key_text=key_text,
            within=within,
        )
    ).rowcount
    if absent <= SHRINK_FLOOR:
        return
    row = connection.execute(
        sql.SQL(
            "select count(*) from {} as standing where _next_seq is null and not _deleted and ({})"
        ).format(table.identifier, within)
    ).fetchone()
    assert row is not None
    if absent > max_shrink * row[0]:
        raise RefusedReload(
            f"{table.schema}.{table.name}: the source lacks {absent} of {row[0]} rows, more than "
            f"the {max_shrink:.0%} one reload may remove; nothing was changed. If the rows are "
            "really gone, run the reconciliation with a higher max_shrink"
        )


def _append_versions(
    connection: psycopg.Connection[Any], table: BronzeTable, batch_id: int
) -> tuple[int, int, int, int | None]:
    """Close replaced versions, insert the arrivals: (new, changed, deleted, largest _seq)."""
    connection.execute(
        sql.SQL(
            "update {} as standing set _next_seq = arrivals._seq "
            "from arrivals where standing._seq = arrivals._old_seq"
        ).format(table.identifier)
    )
    connection.execute(
        sql.SQL(
            """
            insert into {table}
                ({listed}, _seq, _loaded_at, _batch_id, _row_hash, _deleted, _repairs)
            select {listed}, _seq, clock_timestamp(), {batch}, _row_hash, _deleted, _repairs
            from arrivals order by _seq
            """
        ).format(table=table.identifier, listed=_columns(table), batch=sql.Literal(batch_id))
    )
    row = connection.execute(
        """
        select count(*) filter (where _is_new),
            count(*) filter (where not _is_new and not _deleted),
            count(*) filter (where _deleted), max(_seq)
        from arrivals
        """
    ).fetchone()
    assert row is not None
    connection.execute("drop table pg_temp.arrivals, pg_temp.latest")
    return int(row[0]), int(row[1]), int(row[2]), row[3]


def _store_cursor(connection: psycopg.Connection[Any], table: BronzeTable, value: str) -> None:
    connection.execute(
        """
        insert into ops.cursor (source, table_name, value) values (%s, %s, %s)
        on conflict (source, table_name)
        do update set value = excluded.value, updated_at = clock_timestamp()
        """,
        [table.source, table.name, value],
    )


def _record(
    connection: psycopg.Connection[Any],
    table: BronzeTable,
    batch_id: int,
    result: LandingResult,
    mode: str,
    max_seq: int | None,
) -> None:
    row = {
        "batch_id": batch_id,
        "source": table.source,
        "table_name": table.name,
        "mode": mode,
        "max_seq": max_seq,
        **asdict(result),
    }
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.Placeholder, row))
    connection.execute(sql.SQL("insert into ops.batch ({}) values ({})").format(names, values), row)


def _columns(table: BronzeTable, alias: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(alias, name) if alias else sql.Identifier(name)
        for name in table.stored_columns
    )


def _key(table: BronzeTable) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.key))


def _on_key(table: BronzeTable, other: str) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("standing.{1} = {0}.{1}").format(sql.Identifier(other), sql.Identifier(name))
        for name in table.key
    )
