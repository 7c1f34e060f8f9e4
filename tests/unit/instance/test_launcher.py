"""What the daemon is told of a run in another container: what the code server there says of it."""

import socket

import dagster as dg
import pytest
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import WorkerStatus
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import serialize_value

from omni_pipeline.instance.launcher import WatchedLauncher
from omni_pipeline.instance.processes import BORN_TAG, HOST_TAG, PID_TAG

ELSEWHERE = {HOST_TAG: f"not-{socket.gethostname()}", PID_TAG: "1", BORN_TAG: "boot.1.1"}


class CodeServer:
    """The one question that is put to a code server."""

    def __init__(self, runs: set[str] | None) -> None:
        self.runs = runs

    def can_cancel_execution(self, request: CanCancelExecutionRequest) -> str:
        if self.runs is None:
            raise DagsterUserCodeUnreachableError("it starts again")
        return serialize_value(CanCancelExecutionResult(can_cancel=request.run_id in self.runs))


@pytest.mark.parametrize(
    ("server", "status"),
    [
        (CodeServer({"one", "two"}), WorkerStatus.RUNNING),
        (CodeServer({"two"}), WorkerStatus.FAILED),
        (CodeServer(None), WorkerStatus.RUNNING),
        (None, WorkerStatus.RUNNING),
    ],
    ids=["works", "was restarted", "cannot be reached", "is not known"],
)
def test_the_code_server_is_asked(
    monkeypatch: pytest.MonkeyPatch, server: CodeServer | None, status: WorkerStatus
) -> None:
    launcher = WatchedLauncher()
    monkeypatch.setattr(launcher, "_get_grpc_client_for_termination", lambda _: server)
    run = dg.DagsterRun("run_hourly", "one", tags=ELSEWHERE, status=dg.DagsterRunStatus.STARTED)
    assert launcher.check_run_worker_health(run).status == status
