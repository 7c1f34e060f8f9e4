"""Breaks PostgreSQL under a run, at random moments: the next run must end and publish the same.

Behind `make torture`, half an hour. Warehouse, Dagster's own storage and the sandbox's databases
are one server, so everything breaks at once: every backend is ended, or the server restarts.
OMNI_TORTURE_MOMENTS says how often, OMNI_TORTURE_SEED repeats a series.
"""

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from omni_pipeline.postgres import EmbeddedPostgres
from tests.command import ARRIVAL, OMNI, Omni

MOMENTS = int(os.environ.get("OMNI_TORTURE_MOMENTS") or 40)
SEED = int(os.environ.get("OMNI_TORTURE_SEED") or time.time())
# A run that waits for a slot nobody will free would take 40 minutes.
ENDS_SECONDS = 600
END_ALL = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
UNFINISHED = "select run_id, status from dagster.runs where status not in ('SUCCESS', 'FAILURE')"
TAKEN = "select * from dagster.concurrency_slots where run_id is not null"


@pytest.fixture(scope="module")
def omni() -> Iterator[Omni]:
    """A home whose sandbox is six hours ahead of `demo_before`, a copy of the warehouse."""
    command = Omni()
    try:
        command.done("demo", "--people", "150", "--days", "12")
        command.execute("postgres", "create database demo_before template demo")
        command.done("sandbox", "advance", "--hours", "6")
        yield command
    finally:
        command.remove()


def break_it(omni: Omni, way: str) -> None:
    if way == "restart":
        server = EmbeddedPostgres(omni.home)
        server.stop()
        server.start()
    else:
        with psycopg.connect(omni.url("postgres"), autocommit=True) as connection:
            connection.execute(END_ALL)


def restore(omni: Omni) -> None:
    omni.execute(
        "postgres",
        "drop database demo with (force)",
        "create database demo template demo_before",
    )


def disturbed(omni: Omni, way: str, seconds: float) -> tuple[int, str, str]:
    """A run under which the server breaks: exit code, its last line, what it said of errors."""
    log = Path(omni.home, "torture.err")
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(OMNI), "run"],
            cwd="/",
            env=omni.environment({}),
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        time.sleep(seconds)
        break_it(omni, way)
        said, _ = process.communicate(timeout=ENDS_SECONDS)
    return process.returncode, (said.splitlines() or [""])[-1], log.read_text()


def test_whatever_breaks_the_next_run_publishes_the_same(omni: Omni) -> None:
    chance = random.Random(SEED)
    print(f"\nseed {SEED}, {MOMENTS} moments", flush=True)
    began = time.monotonic()
    omni.done("run")
    length = time.monotonic() - began
    right = omni.published("demo", ARRIVAL)
    codes: Counter[int] = Counter()
    for number in range(MOMENTS):
        restore(omni)
        way, seconds = ("backends", "restart")[number % 2], chance.uniform(0, length)
        code, last, errors = disturbed(omni, way, seconds)
        codes[code] += 1
        told = f"{number}: {way} after {seconds:.1f} s of {length:.0f}: exit {code}, at {last!r}"
        print(f"{told}; {' '.join(errors.split())[:300]}", flush=True)
        assert code in (0, 1, 2), f"{told}: {errors}"
        assert "Traceback" not in errors, f"{told}: {errors}"
        assert len(errors.splitlines()) == (code != 0), f"one sentence; {told}: {errors}"
        omni.done("run")
        assert omni.rows("demo", UNFINISHED) == [], told
        assert omni.rows("demo", TAKEN) == [], told
        now = omni.published("demo", ARRIVAL)
        other = [name for name in right if now.get(name) != right[name]]
        assert not other, f"{told}: {other} differ (seed {SEED})"
    print(f"exit codes {dict(codes)}", flush=True)
    assert codes[1] or MOMENTS < 10, "no run broke: the moments missed it"
