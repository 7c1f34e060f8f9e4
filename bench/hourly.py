"""What an hour costs after identity and with it: 20,000 new rows on a large base and on a tenth.

On a server with its ordinary settings two years of a shop are written as bronze; the project's own
dbt models build everything, then hour after hour. Measured in seconds and in CPU seconds of the
server's backends, model by model:

    full       everything whole; what follows identity beside the same work in DuckDB (if installed)
    hour       20,000 arrivals (visits, some late by weeks, letters, calls, orders, first logins
               that move a cookie's past to another customer, changed and deleted rows) through all
               incremental models; target 60 s, and 1.3 times the hour on a tenth of the base
    run        the same as a whole Dagster run, `omni run` with an empty folder as its source: CPU
               seconds of all that is not SQL, for an hour with data (target 25) and for one
               without (target 10)

    python bench/hourly.py            1,000,000 touches (the hour also on 100,000)
    python bench/hourly.py --large   10,000,000 touches (the hour also on 1,000,000)
    python bench/hourly.py --quick       10,000 touches and hours of 2,000 rows, without `run`

`--home FOLDER` keeps server and bases there and uses them again. The last line is one JSON object.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from measuring import hour_duckdb
from measuring.dbt import PROJECT, Dbt
from measuring.hour_base import Shop, fill
from measuring.hour_rows import ROWS, Hours
from measuring.server import Backends, serving

from omni_pipeline.ops import latest_seq, set_bound
from omni_pipeline.postgres import EmbeddedPostgres
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.sources.registry import rendered_variables
from omni_pipeline.warehouse.publication import mark_published
from omni_pipeline.warehouse.versions import project_versions, record_versions

OMNI = str(Path(sys.executable).with_name("omni"))
WHOLE = ("build", "--full-refresh", "--exclude-resource-type", "unit_test", "test")
MODELS = ("run", "--exclude", "path:models/staging,config.materialized:view")
# What the yardstick does too; the rest of a full refresh is identity, customers and months.
PEERED = (
    "stg_subscribe__touches", "stg_esp__touches", "stg_bitrix__touches", "stg_cel__touches",
    "stg_crm__touches", "stg_loyalty__touches", "fct_touch",
    "int_journey__orders", "int_journey__order_deals", "int_journey__till_receipts",
    "int_journey__conversions", "int_journey__conversion_customers", "int_journey__purchases",
    "fct_conversion", "int_attribution__steps", "int_ads__costs", "int_ads__spend_hours",
    "int_journey__conversion_events", "int_journey__firsts", "bl_omni_stats",
)  # fmt: skip
Spent = dict[str, float]


class Base:
    """One database with a shop of a given size."""

    def __init__(
        self, server: EmbeddedPostgres, backends: Backends, touches: int, rows: int = ROWS
    ) -> None:
        self.touches = touches
        self.rows = rows
        self.url = server.ensure_database(f"hourly_{touches}")
        self.connection = psycopg.connect(self.url, autocommit=True)
        ensure_all(self.connection)
        self.run = self.connection.execute
        self.run("create schema if not exists bench")
        self.run("create table if not exists bench.hour (hour int)")
        shop, started = Shop(touches), time.perf_counter()
        self.made = latest_seq(self.connection) == 0
        seq = fill(self.connection, shop) if self.made else latest_seq(self.connection)
        print(
            f"{touches:,} touches: {seq:,} rows in {time.perf_counter() - started:.0f} s",
            flush=True,
        )
        self.hours = Hours(self.connection, shop, seq)
        self.hours.hour = self.number("select coalesce(max(hour), 0) from bench.hour")
        self.dbt = Dbt(self.url, backends)

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        row = self.run(query).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return int(row[0])

    def build(self) -> tuple[Spent, Spent]:
        """Everything whole; CPU and wall seconds by node."""
        set_bound(self.connection, self.hours.seq)
        self.dbt("parse")
        record_versions(
            self.connection, project_versions(PROJECT, self.dbt.manifest, rendered_variables())
        )
        cpu = self.dbt(*WHOLE)
        mark_published(self.connection, self.hours.seq, "")
        self.run("vacuum analyze")
        return cpu, self.dbt.wall

    def write_hour(self) -> int:
        """The arrivals of one more hour; gives how many."""
        rows = self.hours.write(self.rows)
        self.run("insert into bench.hour values (%s)", [self.hours.hour])
        return rows

    def hour(self) -> tuple[Spent, Spent]:
        """One more hour through the models; CPU and wall seconds by model."""
        rows = self.write_hour()
        set_bound(self.connection, self.hours.seq)
        cpu = self.dbt(*MODELS)
        # Without this an hour would make everything that follows identity whole.
        mark_published(self.connection, self.hours.seq, "")
        wall = sum(self.dbt.wall.values())
        print(
            f"  hour {self.hours.hour}: {rows:,} rows, {wall:.1f} s, CPU s: {sum(cpu.values()):.1f}"
            f" of SQL, {self.dbt.python:.1f} of dbt",
            flush=True,
        )
        return cpu, self.dbt.wall

    def median_hour(self, count: int) -> tuple[Spent, Spent]:
        """Medians by model over `count` hours; before several of them one more warms the caches."""
        print(
            f"{self.touches:,} touches, {self.rows:,} rows an hour, load {os.getloadavg()[0]:.1f}"
        )
        warming = int(count > 1)
        measured = [self.hour() for _ in range(warming + count)][warming:]
        cpu, wall = (by_model([one[part] for one in measured]) for part in (0, 1))
        told(cpu, wall)
        return cpu, wall


def by_model(measured: list[Spent]) -> Spent:
    """Medians, model by model."""
    names = dict.fromkeys(name for spent in measured for name in spent)
    return {name: median(spent.get(name, 0.0) for spent in measured) for name in names}


def told(cpu: Spent, wall: Spent, least: float = 0.1) -> None:
    """A table of the models that take the most."""
    print(f"  {'model':42}{'seconds':>9}{'CPU':>9}")
    for name in sorted(cpu, key=lambda name: -wall.get(name, 0.0)):
        if wall.get(name, 0.0) >= least:
            print(f"  {name:42}{wall[name]:9.1f}{cpu[name]:9.1f}")
    print(f"  {'all':42}{sum(wall.values()):9.1f}{sum(cpu.values()):9.1f}", flush=True)


def yardstick(base: Base, cpu: Spent, wall: Spent) -> dict[str, float]:
    """What follows identity in a full refresh, beside DuckDB; nothing when it is not installed."""
    if not hour_duckdb.available():
        print("DuckDB is not installed here: no yardstick for the full refresh")
        return {}
    with tempfile.TemporaryDirectory(prefix="omni-bench-duckdb-", dir="/tmp") as folder:
        hour_duckdb.export(base.connection, Path(folder))
        hour_duckdb.prepare(Path(folder))
        spent, differing = hour_duckdb.measure(base.connection, Path(folder))
    for name, part in spent.items():
        print(f"  DuckDB {name:35}{part['wall']:9.1f}{part['cpu']:9.1f}")
    for line in differing:
        print(f"  differs: {line}")
    ours = {
        kind: sum(all_.get(n, 0.0) for n in PEERED) for kind, all_ in (("cpu", cpu), ("wall", wall))
    }
    theirs = {kind: sum(part[kind] for part in spent.values()) for kind in ("cpu", "wall")}
    return {
        "journey_cpu": round(ours["cpu"], 1),
        "duckdb_cpu": round(theirs["cpu"], 1),
        "journey_to_duckdb_cpu": round(ours["cpu"] / theirs["cpu"], 2),
        "journey_to_duckdb_wall": round(ours["wall"] / theirs["wall"], 2),
        "agreeing": len(hour_duckdb.AGREE) - len(differing),
    }


def dagster_runs(base: Base, home: Path, backends: Backends) -> dict[str, float]:
    """Whole runs by `omni run`: an hour with data and one without; the first one only deploys."""
    names = [n for n in os.environ if n.endswith(("_DATABASE_URL", "_API_KEY", "_WEBHOOK_URL"))]
    (costs := home / "costs").mkdir(exist_ok=True)
    env = {
        **os.environ, **dict.fromkeys(names, ""), "ADS_CSV_DIR": str(costs),
        "OMNI_HOME": str(home / "runs"), "OMNI_DATABASE_URL": base.url,
    }  # fmt: skip
    figures: dict[str, float] = {}
    for name in ("deploy", "hour", "nothing"):
        if name == "hour":
            base.write_hour()
        sql, cpu, wall = backends.cpu(), _children(), time.perf_counter()
        done = subprocess.run([OMNI, "run"], cwd="/", env=env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"omni run\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        spent = {
            "wall": time.perf_counter() - wall,
            "cpu": _children() - cpu,
            "sql_cpu": backends.cpu() - sql,
        }
        figures |= {f"run_{name}_{kind}": round(value, 1) for kind, value in spent.items()}
        print(
            f"  omni run, {name}: {spent['wall']:.1f} s, CPU s: {spent['cpu']:.1f} without SQL,"
            f" {spent['sql_cpu']:.1f} SQL",
            flush=True,
        )
    return figures


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def measure(
    server: EmbeddedPostgres, backends: Backends, touches: int, hours: int, quick: bool
) -> dict[str, Any]:
    """All figures of one size."""
    base = Base(server, backends, touches, ROWS // 10 if quick else ROWS)
    figures: dict[str, Any] = {"bench": "hourly", "touches": touches, "rows": base.rows}
    if base.made or not base.number("select count(to_regclass('marts.data_as_of')::int)"):
        print("full refresh")
        cpu, wall = base.build()
        told(cpu, wall, 1.0)
        figures |= {"full_cpu": round(sum(cpu.values())), "full_wall": round(sum(wall.values()))}
        figures |= yardstick(base, cpu, wall)
    cpu, wall = base.median_hour(hours)
    figures |= {"hour_wall": round(sum(wall.values()), 1), "hour_cpu": round(sum(cpu.values()), 1)}
    figures["hour_dbt_cpu"] = round(base.dbt.python, 1)
    if not quick:
        figures |= dagster_runs(base, server.home, backends)
        small = Base(server, backends, touches // 10)
        if small.made:
            small.build()
        less_cpu, less_wall = small.median_hour(hours)
        figures["hour_wall_to_a_tenth"] = round(sum(wall.values()) / sum(less_wall.values()), 2)
        figures["hour_cpu_to_a_tenth"] = round(sum(cpu.values()) / sum(less_cpu.values()), 2)
    figures["load"] = round(os.getloadavg()[0], 1)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10,000 touches")
    parser.add_argument("--large", action="store_true", help="10,000,000 touches")
    parser.add_argument("--home", type=Path, help="folder of the server and bases to keep")
    call = parser.parse_args()
    touches = 10_000 if call.quick else 10**7 if call.large else 10**6
    with serving(call.home) as (server, backends):
        figures = measure(server, backends, touches, 1 if call.quick else 3, call.quick)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
