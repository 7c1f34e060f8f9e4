"""Ingestion: rows per second and peak memory of `ingest_database`, beside a plain COPY pipe.

A source table of 12 columns is read whole by the project's own reader and landing; then an hour of
2 % changed rows. The peer, in the same run, pipes the same rows by binary COPY into a keyed table
of the same server: the floor that has no value rules, no versions and no cursor. Peak memory is
that of a child process, so that the peer's and the generator's do not count.
`--quick`: 200,000 rows; full: 2,000,000. The last line is JSON with the ratios.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from omni_pipeline.bronze import BronzeTable, Modified
from omni_pipeline.bronze.ingest import ingest_database
from omni_pipeline.database import SourceDatabase
from omni_pipeline.ops import ensure_ops
from omni_pipeline.postgres import EmbeddedPostgres

COLUMNS = {
    "id": "bigint",
    "user_id": "bigint",
    "status_id": "text",
    "payed": "text",
    "price": "numeric",
    "price_delivery": "numeric",
    "currency": "text",
    "name": "text",
    "email": "text",
    "date_insert": "timestamp",
    "date_status": "timestamp",
    "date_update": "timestamp",
}
TABLE = BronzeTable(
    "bench", "orders", "One row per order.", COLUMNS, ("id",), Modified(("date_update",))
)
FILL = """
    create table orders as select n::int as id, (n %% 9973)::int as user_id,
        (array['N','P','F'])[1 + n %% 3]::varchar(2) as status_id, 'Y'::char(1) as payed,
        (n %% 100000)::decimal / 7 as price, 300::decimal as price_delivery, 'RUB' as currency,
        'Пётр Иванов ' || n as name, 'customer' || n || '@mail.example' as email,
        timestamp '2026-01-01' + n * interval '1 second' as date_insert,
        timestamp '2026-01-01' + n * interval '2 second' as date_status,
        timestamp '2026-01-01' + n * interval '2 second' as date_update
    from generate_series(1, %s) as n
"""


def child(source: str, warehouse: str) -> None:
    """Ingest once and print seconds, rows and peak memory in MB."""
    started = time.monotonic()
    with psycopg.connect(warehouse, autocommit=True) as connection:
        ensure_ops(connection)
        database = SourceDatabase(source, "BENCH_DATABASE_URL")
        (outcome,) = ingest_database(connection, database, [TABLE])
    assert outcome.result is not None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.monotonic() - started
    landed = outcome.result.rows_new + outcome.result.rows_changed + outcome.result.rows_deleted
    print(json.dumps({"seconds": seconds, "landed": landed, "peak_mb": peak}))


def ingest(source: str, warehouse: str) -> dict[str, float]:
    """Run `child` in a process of its own."""
    command = [sys.executable, __file__, "--child", source, warehouse]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def copy_pipe(source: str, warehouse: str) -> float:
    """Seconds of a binary COPY pipe into a keyed table."""
    with psycopg.connect(source) as reader, psycopg.connect(warehouse) as writer:
        kinds = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        casts = ", ".join(f"{name}::{kind}" for name, kind in COLUMNS.items())
        writer.execute(f"create table peer ({kinds}, primary key (id))")  # type: ignore[arg-type]
        started = time.monotonic()
        read = f"copy (select {casts} from orders) to stdout (format binary)"
        with (
            reader.cursor().copy(read) as rows,  # type: ignore[arg-type]
            writer.cursor().copy("copy peer from stdin (format binary)") as sink,
        ):
            for block in rows:
                sink.write(block)
        writer.commit()
        return time.monotonic() - started


def main() -> None:
    """Fill a source, ingest it, change 2 % of it, ingest again; print table and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--child", nargs=2)
    call = parser.parse_args()
    if call.child:
        child(*call.child)
        return
    rows = 200_000 if call.quick else 2_000_000
    with tempfile.TemporaryDirectory(prefix="omni-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            source, warehouse = server.ensure_database("shop"), server.ensure_database("warehouse")
            with psycopg.connect(source, autocommit=True) as connection:
                connection.execute(FILL, [rows])
                connection.execute("alter table orders add primary key (id)")
            first = ingest(source, warehouse)
            peer = copy_pipe(source, warehouse)
            with psycopg.connect(source, autocommit=True) as connection:
                connection.execute(
                    "update orders set price = price + 1, date_update = (select max(date_update) "
                    "from orders) + interval '1 hour' where id <= %s",
                    [rows // 50],
                )
            hour = ingest(source, warehouse)
        finally:
            server.stop()
    print(f"first read   {rows:>9,} rows  {first['seconds']:6.1f} s  {first['peak_mb']:5.0f} MB")
    print(f"COPY pipe    {rows:>9,} rows  {peer:6.1f} s")
    print(
        f"2 % changed  {hour['landed']:>9,.0f} rows  {hour['seconds']:6.1f} s  "
        f"{hour['peak_mb']:5.0f} MB"
    )
    ratios = {
        "bench": "ingest",
        "rows": rows,
        "first_vs_copy_pipe": round(first["seconds"] / peer, 2),
        "rows_per_second": round(rows / first["seconds"]),
        "hour_vs_first": round(hour["seconds"] / first["seconds"], 3),
        "peak_mb": round(max(first["peak_mb"], hour["peak_mb"])),
    }
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
