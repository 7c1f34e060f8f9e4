"""`omni dev`: the Dagster UI and daemon in the foreground, on configured sources or on the demo."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from omni_pipeline.command.doctor import configured_endpoints
from omni_pipeline.command.local import DEMO, Local
from omni_pipeline.postgres import DATABASE, REPOSITORY
from omni_pipeline.settings import Settings, current

STOP_SECONDS = 30
FOR_THE_UI = {"DAGSTER_IS_DEV_CLI": "1"}  # a short trace when the code cannot be loaded


@contextmanager
def sources(machine: Local, follow_clock: bool = False) -> Iterator[tuple[str, Settings]]:
    """The embedded database of the sources to work on, and settings that lead to these.

    Configured sources win; without any, the sandbox of an earlier demo is used.
    """
    if configured_endpoints():
        yield DATABASE, current()
        return
    from omni_pipeline import sandbox
    from omni_pipeline.command import demo

    server = machine.server_url()
    if not sandbox.exists(server):
        yield DATABASE, current()
        return
    with demo.sandbox_systems(machine, server, current(), follow_clock) as settings:
        yield DEMO, settings


def rendered_settings(machine: Local, *, invented: bool) -> dict[str, str]:
    """Variables beside those set that SQL is rendered with: of the demo's warehouse the sandbox's.

    Starts none of its systems, so addresses among them lead nowhere.
    """
    if not invented:
        return {}
    from omni_pipeline import sandbox

    return sandbox.environment(machine.server_url(), "")


def dev(machine: Local, port: int, report: Callable[[str], None]) -> int:
    """Run the gated UI and the daemon until they are interrupted; gives the exit code."""
    with sources(machine, follow_clock=True) as (database, settings):
        settings = machine.settings(database, settings)
        machine.remember(database)
        token = secrets.token_urlsafe(24)
        report(
            f"Dagster UI on http://127.0.0.1:{port}/?token={token} (database {database}); "
            "Ctrl-C ends it"
        )
        # An ignored SIGINT would be inherited and make the children deaf to it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _end)
        command = [sys.executable, "-m", "omni_pipeline.web.server", "--port", str(port)]
        child = subprocess.Popen(
            [*command, "--services", "--workspace", str(REPOSITORY / "workspace.yaml")],
            cwd=REPOSITORY,
            env={**settings.variables, **FOR_THE_UI, "OMNI_UI_TOKEN": token},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        ending = threading.Event()
        threading.Thread(target=_tell, args=(child, ending), daemon=True).start()
        try:
            return child.wait()
        finally:
            ending.set()
            _end_group(child)


def _tell(child: "subprocess.Popen[bytes]", ending: threading.Event) -> None:
    """Pass on what the services say, but not how each of them takes its end."""
    assert child.stdout is not None
    for line in child.stdout:
        if not ending.is_set():
            with contextlib.suppress(OSError):
                os.write(1, line)


def _end(*_: object) -> None:
    """`omni stop` or a SIGTERM: an end as asked for; another one changes nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """End webserver, daemon, code servers and run workers, which share one session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
