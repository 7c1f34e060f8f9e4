"""`omni dev`: the Dagster UI and daemon in the foreground, on configured sources or on the demo."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from omni_pipeline.doctor import configured_endpoints
from omni_pipeline.local import DEMO, Local
from omni_pipeline.postgres import REPOSITORY, WAREHOUSE

STOP_SECONDS = 30


@contextmanager
def sources(machine: Local, follow_clock: bool = False) -> Iterator[str]:
    """Variables of the sources to work on; gives the name of their embedded database.

    Configured sources win; without any, the sandbox of an earlier demo is used.
    """
    if configured_endpoints():
        yield WAREHOUSE
        return
    from omni_pipeline import demo, sandbox

    server = machine.server_url()
    if not sandbox.exists(server):
        yield WAREHOUSE
        return
    with demo.sandbox_systems(machine, server, follow_clock):
        yield DEMO


def dev(machine: Local, port: int, report: Callable[[str], None]) -> int:
    """Run the gated UI and the daemon until they are interrupted; gives the exit code."""
    with sources(machine, follow_clock=True) as database:
        os.environ.update(machine.environment(database))
        machine.remember(database)
        token = secrets.token_urlsafe(24)
        report(
            f"Dagster UI on http://127.0.0.1:{port}/?token={token} (database {database}); "
            "Ctrl-C ends it"
        )
        # An ignored SIGINT would be inherited and make the children deaf to it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _as_interrupt)
        command = [sys.executable, "-m", "omni_pipeline.web.server", "--port", str(port)]
        child = subprocess.Popen(
            [*command, "--services", "--workspace", str(REPOSITORY / "workspace.yaml")],
            cwd=REPOSITORY,
            env={**os.environ, "OMNI_UI_TOKEN": token},
            start_new_session=True,
        )
        pid_file = machine.home / "dev.pid"
        pid_file.write_text(str(os.getpid()))
        try:
            return child.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            pid_file.unlink(missing_ok=True)
            _end_group(child)


def stop_dev(machine: Local) -> bool:
    """End a running `omni dev`; False if there is none."""
    pid_file = machine.home / "dev.pid"
    if not pid_file.exists():
        return False
    pid = int(pid_file.read_text())
    pid_file.unlink(missing_ok=True)
    command = Path(f"/proc/{pid}/cmdline")
    if not command.exists() or b"omni" not in command.read_bytes():
        return False
    os.kill(pid, signal.SIGTERM)
    return True


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


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
