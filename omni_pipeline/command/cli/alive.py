"""Who works in a home: runs, and the UI of `omni dev`.

Each holds a lock, which the kernel frees when its process dies, however it dies. `omni dev` writes
its process number into its lock's file.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from omni_pipeline.command.local import Local, dagster_url
from omni_pipeline.settings import current

RUN, DEV = "run.lock", "dev.pid"
END_SECONDS = 45  # `omni dev` gives its own children 30
# Runs of the UI that are under way; a run whose process (omni/pid) is gone is not.
UNDER_WAY = """
    select pid.value from dagster.runs as run
    left join dagster.run_tags as pid on pid.run_id = run.run_id and pid.key = 'omni/pid'
    where run.status in ('STARTING', 'STARTED', 'CANCELING')
"""


class Busy(Exception):
    """The lock is held; str() is what its file says."""


@contextmanager
def _held(path: Path, how: int, said: str = "") -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as lock:
        try:
            fcntl.flock(lock, how)
        except BlockingIOError:
            lock.seek(0)
            raise Busy(lock.read().strip()) from None
        if said:
            lock.truncate(0)
            lock.write(said)
            lock.flush()
        yield


def used(home: Path) -> bool:
    """Whether anything of ours ever worked in this home."""
    return any((home / name).exists() for name in (RUN, DEV, "postgres.lock"))


@contextmanager
def run(home: Path) -> Iterator[None]:
    """Be a run; several may be at once. Waits while the home is being stopped."""
    with _held(home / RUN, fcntl.LOCK_SH):
        yield


@contextmanager
def dev(home: Path) -> Iterator[None]:
    """Be the one `omni dev`; raises Busy with the other's process number."""
    with _held(home / DEV, fcntl.LOCK_EX | fcntl.LOCK_NB, str(os.getpid())):
        yield


@contextmanager
def nobody_runs(home: Path) -> Iterator[None]:
    """Keep new runs waiting; raises Busy while one is under way."""
    with _held(home / RUN, fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


def dev_process(home: Path) -> int | None:
    """Process number of the live `omni dev`."""
    if not (home / DEV).exists():
        return None
    try:
        with _held(home / DEV, fcntl.LOCK_SH | fcntl.LOCK_NB):
            return None
    except Busy as other:
        return int(f"{other}") if f"{other}".isdigit() else None


def runs_of_the_ui(machine: Local) -> int:
    """How many runs that a live UI launched are under way."""
    if dev_process(machine.home) is None or not (machine.external or machine.server.running()):
        return 0
    url = current().dagster_url or dagster_url(
        machine.external_url or machine.server.url(machine.last_used())
    )
    with suppress(psycopg.Error), psycopg.connect(url, connect_timeout=10) as connection:
        pids = [pid for (pid,) in connection.execute(UNDER_WAY)]
        return sum(pid is None or Path(f"/proc/{pid}").exists() for pid in pids)
    return 0


def end_dev(home: Path) -> bool:
    """End a live `omni dev` and wait for it; False if there is none."""
    process = dev_process(home)
    if process is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + END_SECONDS
    while dev_process(home) == process and time.monotonic() < deadline:
        time.sleep(0.1)
    return True
