"""Ctrl-C while dbt works: 130, one line, nothing left at work, and the run is closed at once."""

import os
import signal
import subprocess
import threading

from tests.command import OMNI
from tests.e2e.conftest import Demo

LINE_SECONDS = 240


def test_ctrl_c_while_dbt_works(demo: Demo) -> None:
    omni = demo.omni
    (omni.home / "database").write_text("demo")
    omni.done("sandbox", "advance", "--hours", "1")
    process = subprocess.Popen(
        [OMNI, "run"],
        cwd="/",
        env=omni.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    guard = threading.Timer(LINE_SECONDS, process.kill)
    guard.start()
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if " 0 of " in line:
            break
    # As a terminal does: the whole group of processes gets it.
    os.killpg(process.pid, signal.SIGINT)
    rest = process.stdout.read()
    process.stdout.close()
    guard.cancel()
    assert process.wait() == 130, "".join(told) + rest
    assert rest.splitlines()[-1] == "omni: interrupted"
    assert "Traceback" not in rest
    assert not omni.left_behind()
    runs = "select status from dagster.runs order by id desc limit 1"
    assert omni.rows("demo", runs) == [("CANCELED",)]
    held = "select count(*) from dagster.concurrency_slots where run_id is not null"
    assert omni.rows("demo", held) == [(0,)], "the next run would wait for it"
