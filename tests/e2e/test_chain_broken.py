"""A run under which the server ends every connection, as a restart of PostgreSQL does.

After test_chain.py, whose tests count the runs that failed.
"""

import threading
import time

import psycopg

from tests.e2e.conftest import Demo

# At most this long until the run has come to the step; far more than it takes.
LINE_SECONDS = 240
WAITS = "select 1 from pg_locks where relation = 'loyalty.discrepancy'::regclass and not granted"


def test_a_run_whose_connections_were_ended_holds_nothing(demo: Demo) -> None:
    """In the middle of a step that holds a pool; Dagster's own connections are ended as well."""
    omni = demo.omni
    with psycopg.connect(omni.url("demo")) as connection:
        connection.execute("lock table loyalty.discrepancy in access exclusive mode")
        process = omni.start("run")
        guard = threading.Timer(LINE_SECONDS, process.kill)
        guard.start()
        assert process.stdout is not None
        for told in process.stdout:
            if "loyalty__discrepancy …" in told:
                break
        while process.poll() is None and not connection.execute(WAITS).fetchone():
            time.sleep(0.1)
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    said = process.stdout.read()
    guard.cancel()
    assert process.wait() == 1, said
    process.stdout.close()
    assert "Traceback" not in said
    assert "omni: loyalty__discrepancy: " in said.splitlines()[-1]
    assert "terminating connection" in said.splitlines()[-1]
    state = "select count(*) from dagster.runs where status not in ('SUCCESS', 'FAILURE')"
    assert omni.rows("demo", state) == [(0,)]
    omni.done("run")
    taken = "select count(*) from dagster.concurrency_slots where run_id is not null"
    assert omni.rows("demo", taken) == [(0,)]
