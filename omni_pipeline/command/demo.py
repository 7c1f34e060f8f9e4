"""The demo: sandbox source systems, one full hourly run over them, and what came out.

The only module outside `sandbox/` that knows the sandbox exists; production code imports neither.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from omni_pipeline import sandbox
from omni_pipeline.command.doctor import endpoints
from omni_pipeline.command.hourly import run_hourly
from omni_pipeline.command.local import DEMO, Local
from omni_pipeline.command.summary import examples, sections, table
from omni_pipeline.errors import ConfigurationError
from omni_pipeline.sandbox import api, onec
from omni_pipeline.settings import HOME, WAREHOUSE, Settings, current

READY_SECONDS = 30
CLOCK_SECONDS = 60
PARENT = "OMNI_SANDBOX_PARENT"  # whose end is also that of the stub systems


def demo(machine: Local, people: int, days: int, seed: int, report: Callable[[str], None]) -> None:
    """Build the sandbox if it is absent, run the hourly job on it, and tell the result."""
    stages: dict[str, float] = {}
    started = time.monotonic()
    server = machine.server_url()
    stages["start PostgreSQL"] = time.monotonic() - started
    if sandbox.exists(server):
        report("Sandbox shop: already there (`omni sandbox advance --hours 1` moves it on)")
    else:
        report(f"Sandbox shop: {people} people over {days} days, seed {seed}")
        mark = time.monotonic()
        sandbox.create(server, people=people, days=days, seed=seed, report=report)
        stages["create the sandbox"] = time.monotonic() - mark
        export_back_office(machine, server)
    with sandbox_systems(machine, server, without_sources(current())) as settings:
        mark = time.monotonic()
        settings = machine.settings(DEMO, settings)
        settings.export()
        report("Hourly job through Dagster")
        run = run_hourly(machine.logs, report, trigger="demo")
        stages["hourly run, with start-up"] = time.monotonic() - mark
    machine.remember(DEMO)
    url = settings.required(WAREHOUSE)
    mark = time.monotonic()
    with psycopg.connect(url) as connection:
        for section in sections(connection):
            report(f"\n{section}")
        explained = [f"  {command}\n" for command in examples(connection)]
    report(f"\n{_truth(url, server)}")
    stages["score and summary"] = time.monotonic() - mark
    steps = [(f"  {name}", f"{seconds:.1f}") for name, seconds in run.steps.items()]
    rows = [(name, f"{seconds:.1f}") for name, seconds in stages.items()]
    place = next(i for i, (name, _) in enumerate(rows) if name.startswith("hourly run"))
    rows[place + 1 : place + 1] = steps
    rows.append(("all", f"{time.monotonic() - started:.1f}"))
    report(f"\nSeconds per stage\n{table(['stage', 'seconds'], rows)}")
    report(
        "\nWhere to look next\n"
        "  make dev                      the Dagster UI on this data, the shop moving on\n"
        '  omni sql "select * from marts.bl_customer_profile limit 5"\n'
        '  omni sql "select * from marts.orders_by_first_channel limit 20"\n'
        f"{''.join(explained)}"
        "  omni sandbox advance --hours 3 && omni run\n"
        "  omni stop                     ends the embedded PostgreSQL\n"
        "(`omni` is .venv/bin/omni)"
    )


def _truth(url: str, server: str) -> str:
    """Stitching and reconciliation against what the sandbox knows."""
    score = sandbox.score(url, server)
    found, missed = len(score.faults_found), len(score.faults_missed)
    return "Against the sandbox's truth\n" + table(
        ["measure", "value"],
        [
            ("pairwise precision", f"{score.precision:.4f}"),
            ("pairwise recall of what was observed", f"{score.recall_of_achievable:.4f}"),
            ("pairwise recall of everything true", f"{score.recall:.4f}"),
            ("planted loyalty faults found", f"{found} of {found + missed}"),
            ("findings that were not planted", f"{len(score.faults_false)}"),
        ],
    )


def without_sources(settings: Settings) -> Settings:
    """Leave out configured real sources: the demo must never mix them with invented customers."""
    named = [variable for endpoint in endpoints() for variable in endpoint.variables]
    return settings.changed({}, without=named)


@contextmanager
def sandbox_systems(
    machine: Local, server: str, settings: Settings, follow_clock: bool = False
) -> Iterator[Settings]:
    """Stub HTTP systems in a child process; gives `settings` that lead to all sandbox systems."""
    port = _free_port()
    program = [sys.executable, "-m", "omni_pipeline.command.cli"]
    command = [*program, "sandbox", "serve", "--port", str(port)]
    with open(machine.logs / "sandbox.log", "a") as log:
        child = subprocess.Popen(
            command + (["--follow-clock"] if follow_clock else []),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**settings.variables, HOME: str(machine.home), PARENT: str(os.getpid())},
        )
    try:
        _wait_for(port, child)
        if not _back_office(machine).exists():  # of a demo made before there was one
            export_back_office(machine, server)
        systems = sandbox.environment(server, f"http://127.0.0.1:{port}")
        yield settings.changed({**systems, "ONEC_CSV_DIR": str(_back_office(machine))})
    finally:
        child.terminate()
        child.wait(timeout=10)


def serve(machine: Local, port: int, follow_clock: bool) -> None:
    """Serve the stub HTTP systems until ended; optionally let the world follow the real clock."""
    # Told, not asked: it may have been killed before this process got here.
    parent = int(current().get(PARENT) or os.getppid())
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    server = machine.server_url()
    if follow_clock:
        threading.Thread(target=_follow_clock, args=(machine, server), daemon=True).start()
    api.serve(server, port)


def export_back_office(machine: Local, server: str) -> None:
    """Let 1C export its orders again: whenever the shop has moved on."""
    onec.write(server, _back_office(machine))


def _back_office(machine: Local) -> Path:
    return machine.home / "sandbox_onec"


def _follow_clock(machine: Local, server: str) -> None:
    while True:
        behind = datetime.now(UTC) - sandbox.now(server)
        hours = int(behind.total_seconds() // 3600)
        if hours > 0:
            sandbox.advance(server, hours)
            export_back_office(machine, server)
            print(f"advanced {hours} h", flush=True)
        time.sleep(CLOCK_SECONDS)


def _end_with_parent(parent: int) -> None:
    """A killed `omni` must not leave its stub systems behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise ConfigurationError("OMNI_HOME", "the sandbox systems did not start; see logs/sandbox.log")
