"""The Dagster UI behind its gate, with code server and daemon beside it when asked.

    python -m omni_pipeline.web.server --port 3000 --workspace workspace.yaml --services

This takes the place of `dagster dev`, which starts a webserver of its own without a gate. With
`--services` one code server (on a socket, for UI and daemon) and the daemon are children of this
process and end with it; without, the workspace names a code server that runs elsewhere. The token
of this start comes in OMNI_UI_TOKEN, a lasting password in OMNI_UI_PASSWORD; children get neither.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import uvicorn
import yaml
from dagster_webserver.app import create_app_from_workspace_process_context

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.instance.internals import (
    ProxyServerManager,
    WorkspaceFileTarget,
    WorkspaceProcessContext,
    configure_loggers,
)
from omni_pipeline.settings import current, take
from omni_pipeline.web.gate import ORIGINS, Gate, door

TOKEN, PASSWORD = "OMNI_UI_TOKEN", "OMNI_UI_PASSWORD"
REFRESH_MS = 2000  # of what the UI shows live
# As dagster-webserver: a statement of the UI, and how long a connection is kept, in its units.
STATEMENT_MS, RECYCLE_SECONDS, OVERFLOW = 15_000, 3_600, 20
CLOSE_SECONDS, DAEMON_SECONDS = 3, 20


def serve(host: str, port: int, workspace: str, services: bool) -> None:
    """Serve the UI until a signal ends it. Raises ConfigurationError when anybody could open it."""
    token, password = take(TOKEN), take(PASSWORD)
    if not token and not password:
        raise ConfigurationError(PASSWORD, "is not set: the UI would be open to everybody")
    opened_by = door(port, current().get(ORIGINS), token=token, password=password)
    configure_loggers(formatter="colored", log_level="INFO")
    # uvicorn raises the signal that ended it again, when these handlers are back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ExitStack() as stack:
        instance = stack.enter_context(dg.DagsterInstance.get())
        if services:
            workspace = stack.enter_context(_code_server(instance, workspace))
            stack.enter_context(_daemon(workspace))
        instance.optimize_for_webserver(STATEMENT_MS, RECYCLE_SECONDS, OVERFLOW)
        process = stack.enter_context(
            WorkspaceProcessContext(
                instance, WorkspaceFileTarget([workspace]), code_server_log_level="warning"
            )
        )
        uvicorn.run(
            Gate(create_app_from_workspace_process_context(process, "", REFRESH_MS), opened_by),
            host=host,
            port=port,
            log_level="warning",  # addresses are logged below it, and one holds the token
            proxy_headers=False,  # nobody may say who asks but the connection itself
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )


@contextmanager
def _code_server(instance: dg.DagsterInstance, workspace: str) -> Iterator[str]:
    """A code server on a socket; gives the workspace file that leads to it."""
    with (
        ProxyServerManager(instance, WorkspaceFileTarget([workspace]), "warning") as manager,
        tempfile.TemporaryDirectory() as folder,  # 0700, like that of the socket
    ):
        file = Path(folder) / "workspace.yaml"
        file.write_text(yaml.dump({"load_from": manager.get_code_server_specs()}))
        yield str(file)


@contextmanager
def _daemon(workspace: str) -> Iterator[None]:
    """The daemon; when it ends by itself, so does the UI."""
    program = Path(sys.executable).with_name("dagster-daemon")
    child = subprocess.Popen([str(program), "run", "--workspace", workspace])
    ended = threading.Event()

    def watch() -> None:
        code = child.wait()
        if not ended.is_set():
            logging.getLogger("dagster").error(f"the daemon ended with code {code}")
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        child.terminate()
        try:
            child.wait(timeout=DAEMON_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def main() -> None:
    """The program: see the top of this file."""
    parser = argparse.ArgumentParser("omni_pipeline.web.server", description="Dagster's UI, gated.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    parser.add_argument("--services", action="store_true", help="start code server and daemon too")
    parser.add_argument("--workspace", required=True, help="Dagster's file of code locations")
    call = parser.parse_args()
    try:
        serve(call.host, call.port, call.workspace, call.services)
    except ConfigurationError as error:
        sys.stderr.write(f"omni: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
