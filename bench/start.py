"""What an hourly run costs when nothing is new: seconds and CPU seconds of `omni run`, and where.

Makes a demo in a throw-away home, then measures on it, in turns: `omni run` as a process, the same
calls taken apart inside a process, and two peers over the same data: `dagster job execute` of the
same job, and `dbt build`, which a pipeline that cannot tell that nothing is new would start.

    python bench/start.py            3,000 people over 120 days, three repeats, medians
    python bench/start.py --quick    50 people over 5 days, one repeat, under a minute,
                                     without the slower peer dbt build

The last line is one JSON object; ratios below 1 mean cheaper than the peer.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
DBT = ["build", "--exclude-resource-type", "unit_test", "--project-dir"]
Spent = dict[str, float]


def cpu_seconds() -> float:
    """User and system time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Phases:
    """Wall and CPU seconds by phase, each phase ending where the next begins."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}
        self._mark = (time.perf_counter(), cpu_seconds())

    def end(self, name: str) -> None:
        now = (time.perf_counter(), cpu_seconds())
        wall, cpu = (later - earlier for later, earlier in zip(now, self._mark, strict=True))
        self.spent[name] = {"wall": wall, "cpu": cpu}
        self._mark = now


def timed_sql() -> Spent:
    """Seconds that statements take from now on: on the warehouse and in Dagster's storage."""
    import psycopg
    from sqlalchemy import Engine, event

    spent = {"warehouse SQL": 0.0, "Dagster storage SQL": 0.0}
    plain = psycopg.Cursor.execute

    def execute(self: Any, *arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return plain(self, *arguments, **options)
        finally:
            spent["warehouse SQL"] += time.perf_counter() - started

    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    starts: dict[int, float] = {}

    @event.listens_for(Engine, "before_cursor_execute")
    def before(connection: Any, *_: Any) -> None:
        starts[id(connection)] = time.perf_counter()

    @event.listens_for(Engine, "after_cursor_execute")
    def after(connection: Any, *_: Any) -> None:
        begun = starts.pop(id(connection), time.perf_counter())
        spent["Dagster storage SQL"] += time.perf_counter() - begun

    return spent


@contextmanager
def environment() -> Iterator[Any]:
    """The sandbox's systems and the variables of a run on the demo, as `omni run` sets them."""
    from omni_pipeline.command.dev import sources
    from omni_pipeline.command.local import local

    machine = local()
    with sources(machine) as (database, settings):
        machine.settings(database, settings).export()
        yield machine


def taken_apart() -> dict[str, Any]:
    """One `omni run` in this process, phase by phase."""
    phases = Phases()
    import dagster_dbt  # noqa: F401 - the slowest of the packages that the definitions import

    import omni_pipeline.command.hourly

    sql = timed_sql()
    phases.end("imports")
    with environment() as machine:
        phases.end("sandbox systems (no part of a real run)")
        from omni_pipeline.command.doctor import check_configured

        check_configured()
        phases.end("source checks")
        # Not earlier: which sources are configured is decided when this is imported.
        import omni_pipeline.definitions

        phases.end("definitions")
        run = omni_pipeline.command.hourly.run_hourly(
            machine.logs, lambda line: None, trigger="bench"
        )
        phases.end("run")
    steps = {"ingestion": 0.0, "dbt step": 0.0, "reconciliation": 0.0}
    for name, seconds in run.steps.items():
        kind = "dbt step" if name == "dbt_models" else "reconciliation"
        steps["ingestion" if name.startswith("ingest_") else kind] += seconds
    steps["rest of the run"] = phases.spent["run"]["wall"] - sum(steps.values())
    return {"phases": phases.spent, "steps": steps, "sql": sql}


def measured(command: list[str]) -> Spent:
    """Wall and CPU seconds of a command; its output is shown only if it fails."""
    started, before = time.perf_counter(), cpu_seconds()
    done = subprocess.run(command, cwd="/", capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return {"wall": time.perf_counter() - started, "cpu": cpu_seconds() - before}


def peers(dbt_too: bool) -> dict[str, Spent]:
    """The same job started by Dagster's own command, and dbt on the same warehouse."""
    from omni_pipeline.sources.registry import dbt_variables
    from omni_pipeline.warehouse.resource import dbt_environment

    job = ["job", "execute", "-m", "omni_pipeline.definitions", "-j", "run_hourly"]
    project = str(REPOSITORY / "dbt_project")
    with environment():
        spent = {"dagster job execute": measured([str(PROGRAMS / "dagster"), *job])}
        if dbt_too:
            os.environ.update(dbt_environment(os.environ["OMNI_DATABASE_URL"]) | dbt_variables())
            build = [str(PROGRAMS / "dbt"), *DBT, project, "--profiles-dir", project]
            spent["dbt build"] = measured(build)
    return spent


def child(what: str) -> Any:
    """The JSON that this file prints when it is called for one of its parts."""
    command = [sys.executable, __file__, "--part", what]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    if done.returncode:
        sys.exit(f"{what}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def median(values: list[Any]) -> Any:
    """Medians of numbers, or of dictionaries of them key by key."""
    if isinstance(values[0], dict):
        return {key: median([value[key] for value in values]) for key in values[0]}
    return statistics.median(values)


def table(title: str, rows: dict[str, Any]) -> None:
    print(f"\n{title:42}{'seconds':>9}{'CPU':>9}")
    for name, spent in rows.items():
        wall, cpu = (spent["wall"], spent["cpu"]) if isinstance(spent, dict) else (spent, None)
        print(f"  {name:40}{wall:9.2f}{'' if cpu is None else f'{cpu:9.2f}'}")


def bench(people: int, days: int, repeats: int, peer_part: str) -> None:
    omni = str(PROGRAMS / "omni")
    print(f"demo of {people} people over {days} days")
    measured([omni, "demo", "--people", str(people), "--days", str(days)])
    runs, parts, others = [], [], []
    for number in range(repeats):
        print(f"repeat {number + 1} of {repeats}", flush=True)
        runs.append(measured([omni, "run"]))
        parts.append(child("taken_apart"))
        others.append(child(peer_part))
    run, apart, peer = median(runs), median(parts), median(others)
    table("processes", {"omni run, nothing new": run, **peer})
    table("omni run taken apart", apart["phases"])
    table("within the run", apart["steps"])
    table("statements, within all of these", apart["sql"])
    ratios = {
        f"{kind}_over_{name.replace(' ', '_')}": round(run[kind] / spent[kind], 3)
        for name, spent in peer.items()
        for kind in ("wall", "cpu")
    }
    print(f"\n{json.dumps({'bench': 'start', 'people': people, 'repeats': repeats, **ratios})}")


PARTS: dict[str, Callable[[], Any]] = {
    "taken_apart": taken_apart,
    "peers": partial(peers, dbt_too=True),
    "quick_peer": partial(peers, dbt_too=False),
}
QUICK, FULL = (50, 5, 1, "quick_peer"), (3_000, 60, 3, "peers")


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", choices=list(PARTS), help=argparse.SUPPRESS)
    call = parser.parse_args()
    if call.part:
        print(json.dumps(PARTS[call.part]()))
        return
    # Neither the shell's settings nor a .env of the checkout may lead to a real system.
    names = re.findall(r"^#?([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(), re.M)
    home = Path(tempfile.mkdtemp(prefix="omni-bench-", dir="/tmp"))
    home.chmod(0o755)
    os.environ.update(dict.fromkeys(names, ""), OMNI_HOME=str(home))
    try:
        bench(*(QUICK if call.quick else FULL))
    finally:
        subprocess.run([str(PROGRAMS / "omni"), "stop", "--delete-data"], capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
