"""How long a full reconciliation of the loyalty ledger takes, beside PostgreSQL's own means.

Fills bronze of a throw-away server with a synthetic ledger, orders and receipts, then measures in
one process: reading them into frames (peer: COPY of the same rows, thrown away) and reconciling
all classes (peer: plain SQL for R01, R02 and R04 alone). Faults are planted and must be found.
Then the ledger as a source, and a tick of its sensor (peer: counting and summing the entries).

    python bench/loyalty.py            2,000,000 entries, 100,000 accounts
    python bench/loyalty.py --quick      200,000 entries,  10,000 accounts, under a minute

The last line is one JSON object; ratios below 1 mean faster than the peer.
"""

import argparse
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from omni_pipeline.database import SourceDatabase
from omni_pipeline.loyalty import fingerprint
from omni_pipeline.loyalty.reconcile import reconcile
from omni_pipeline.loyalty.sensor import LEDGER_TABLES
from omni_pipeline.loyalty.store import QUERIES, read_ledger, write
from omni_pipeline.postgres import EmbeddedPostgres
from omni_pipeline.sources.catalog import ensure_all

ZONE = "Europe/Moscow"
PLANTED = 100  # of each class
Result = TypeVar("Result")

SYSTEM = "_seq, _loaded_at, _batch_id, _row_hash, _deleted"
SYSTEM_VALUES = "nextval('ops.seq'), now(), 1, md5(i::text)::uuid, false"

# Every account lives through credit, receipt, spending and credit again, in turn.
FILL = f"""
create temporary table entry as
select i, 1 + (i - 1) %% %(accounts)s as account, ((i - 1) / %(accounts)s) %% 4 as turn,
    timestamp '2025-01-01' + i * interval '1 second' as at, 20 + i %% 10000 as price
from generate_series(1, %(entries)s) as i;

insert into raw_loyalty.bl_loyalty_transaction
    (id, account_id, amount, type, order_id, source, created_at, {SYSTEM})
select i, account,
    case turn when 1 then 30 when 2 then -1 else round(price * 0.05) end,
    case turn when 1 then 'earn_offline' when 2 then 'spend' else 'earn_online' end,
    i, case turn when 1 then 'pos' else 'web' end, at, {SYSTEM_VALUES}
from entry;

insert into raw_bitrix.b_sale_order
    (id, user_id, status_id, canceled, price, date_status, date_insert, date_update, {SYSTEM})
select i, account, 'F', 'N', price, at, at, at, {SYSTEM_VALUES} from entry where turn in (0, 3);

insert into raw_bitrix.b_sale_order_change (id, order_id, type, data, date_create, {SYSTEM})
select i, i, 'ORDER_STATUS_CHANGED',
    'a:2:{{s:9:"STATUS_ID";s:1:"F";s:13:"OLD_STATUS_ID";s:1:"P";}}', at, {SYSTEM_VALUES}
from entry where turn in (0, 3);

insert into raw_loyalty.bl_pos_receipt
    (id, receipt_uid, kind, bonus_spent, bonus_earned, card_number, closed_at, {SYSTEM})
select i, 'till/' || i, 'sale', 0, 30, 'c' || account, at, {SYSTEM_VALUES}
from entry where turn = 1;

-- R02: accounts 1 to {PLANTED} spend what they never had. R04: the next ones are credited twice.
update raw_loyalty.bl_loyalty_transaction set amount = -1000000
where type = 'spend' and account_id <= {PLANTED} and id <= 3 * %(accounts)s;
insert into raw_loyalty.bl_loyalty_transaction
    (id, account_id, amount, type, order_id, source, created_at, {SYSTEM})
select %(entries)s + i, account, round(price * 0.05), 'earn_online', i, 'web', at,
    {SYSTEM_VALUES}
from entry where i between {PLANTED} + 1 and 2 * {PLANTED};

-- R01: and the next ones have a hundredth too much.
insert into raw_loyalty.bl_loyalty_account
    (id, user_id, card_number, balance, created_at, {SYSTEM})
select i, i, 'c' || i,
    summed.total + case when i between 2 * {PLANTED} + 1 and 3 * {PLANTED} then 0.01 else 0 end,
    timestamp '2024-12-31', {SYSTEM_VALUES}
from (
    select account_id as i, sum(amount) as total
    from raw_loyalty.bl_loyalty_transaction group by account_id
) as summed;
analyze;
"""

STANDING = "_next_seq is null and not _deleted"
PEERS = {
    "R01": f"""
        select count(*) from raw_loyalty.bl_loyalty_account as a
        left join (
            select account_id, sum(amount) as total from raw_loyalty.bl_loyalty_transaction
            where {STANDING} group by account_id
        ) as t on t.account_id = a.id
        where {STANDING} and a.balance <> coalesce(t.total, 0)""",
    "R02": f"""
        select count(distinct account_id) from (
            select account_id, sum(amount) over (
                partition by account_id order by created_at, id
            ) as running
            from raw_loyalty.bl_loyalty_transaction where {STANDING}
        ) as t where running < 0""",
    "R04": f"""
        select coalesce(sum(n - 1), 0)::bigint from (
            select count(*) as n from raw_loyalty.bl_loyalty_transaction
            where {STANDING} and type in ('earn_online', 'earn_offline')
            group by source = 'pos', order_id having count(*) > 1
        ) as t""",
}


def timed(action: Callable[[], Result]) -> tuple[Result, float]:
    """The result and the seconds it took."""
    started = time.monotonic()
    result = action()
    return result, time.monotonic() - started


def count(connection: psycopg.Connection[Any], statement: str) -> int:
    """The one number that a query gives."""
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def copy_out(connection: psycopg.Connection[Any]) -> int:
    """COPY of everything the reconciliation reads; gives back its bytes."""
    zone = sql.Literal(ZONE)
    size = 0
    for query in QUERIES.values():
        statement = sql.SQL("copy ({}) to stdout (format csv)").format(
            sql.SQL(query).format(ledger=zone, site=zone)
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            size += sum(len(block) for block in copy)
    return size


def watch(connection: psycopg.Connection[Any], url: str) -> dict[str, Any]:
    """A tick of the ledger sensor beside the peer: counting and summing the entries."""
    connection.execute("create schema shop")
    for table in LEDGER_TABLES:
        columns = ", ".join(table.columns)
        connection.execute(
            f"create table shop.{table.name} as select {columns} from raw_loyalty.{table.name} "  # type: ignore[arg-type]
            f"where {STANDING}; create unique index on shop.{table.name} (id); "
        )
    connection.execute("vacuum analyze")
    source = SourceDatabase(f"{url}?options=-csearch_path%3Dshop", "OMNI_DATABASE_URL")
    memory: dict[str, fingerprint.Memory] = {}
    ticks = []
    for turn in range(6):
        with source.read() as session:
            found, seconds = timed(partial(fingerprint.look, session, LEDGER_TABLES, memory, turn))
        if found.moved != (turn == 0):
            raise SystemExit(f"tick {turn} of an unchanged ledger says {found}")
        ticks.append(seconds)
    with source.read() as session:
        entries = fingerprint.Glance(session, LEDGER_TABLES[1])
        _, whole = timed(entries.whole)
        peer = f"select count(*), sum(amount) from {LEDGER_TABLES[1].name}"
        _, summed = timed(lambda: list(session.stream(peer)))
    tick = sorted(ticks)[len(ticks) // 2]
    print(f"sensor: a tick {tick:.2f} s, all entries {whole:.2f} s; peer sum {summed:.2f} s")
    return {
        "tick_seconds": round(tick, 2),
        "tick_to_sum": round(tick / summed, 2),
        "all_entries_to_sum": round(whole / summed, 2),
    }


def measure(connection: psycopg.Connection[Any], entries: int, accounts: int) -> dict[str, Any]:
    """Fill, measure both sides, and refuse to report figures of wrong results."""
    ensure_all(connection)
    filling = psycopg.ClientCursor(connection)
    _, fill_seconds = timed(
        lambda: filling.execute(FILL, {"entries": entries, "accounts": accounts})
    )
    print(f"filled {entries:,} entries of {accounts:,} accounts in {fill_seconds:.1f} s")
    size, copy_seconds = timed(lambda: copy_out(connection))
    print(f"peer COPY: {size / 1e6:.0f} MB in {copy_seconds:.1f} s")
    peer_seconds = 0.0
    for code, statement in PEERS.items():
        rows, seconds = timed(partial(count, connection, statement))
        peer_seconds += seconds
        print(f"peer SQL {code}: {rows} in {seconds:.1f} s")
        if rows != PLANTED:
            raise SystemExit(f"{code}: planted {PLANTED}, SQL finds {rows}")
    (ledger, seq), read_seconds = timed(lambda: read_ledger(connection, ZONE, ZONE))
    found, reconcile_seconds = timed(lambda: reconcile(ledger))
    written, write_seconds = timed(lambda: write(connection, found, seq))
    counts = {code: rows for code, rows in written.counts.items() if rows}
    print(f"read {read_seconds:.1f} s, reconcile {reconcile_seconds:.1f} s, found {counts}")
    if counts != dict.fromkeys(PEERS, PLANTED):
        raise SystemExit(f"planted {PLANTED} each of {list(PEERS)}, found {counts}")
    return {
        "bench": "loyalty",
        "entries": entries,
        "accounts": accounts,
        "read_seconds": round(read_seconds, 2),
        "reconcile_seconds": round(reconcile_seconds, 2),
        "write_seconds": round(write_seconds, 2),
        "total_seconds": round(read_seconds + reconcile_seconds + write_seconds, 2),
        "copy_seconds": round(copy_seconds, 2),
        "sql_seconds": round(peer_seconds, 2),
        "read_to_copy": round(read_seconds / copy_seconds, 2),
        "reconcile_to_sql": round(reconcile_seconds / peer_seconds, 2),
        "all_to_copy_and_sql": round(
            (read_seconds + reconcile_seconds) / (copy_seconds + peer_seconds), 2
        ),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    size = 200_000 if parser.parse_args().quick else 2_000_000
    home = Path(tempfile.mkdtemp(prefix="omni-bench-", dir="/tmp"))
    home.chmod(0o755)
    server = EmbeddedPostgres(home)
    server.start()
    try:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            figures = measure(connection, size, size // 20)
            figures |= watch(connection, server.url("postgres"))
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
