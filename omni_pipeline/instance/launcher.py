"""Dagster's own launcher, which also answers the daemon whether a run is still worked on.

Without it the daemon leaves a run whose process was killed STARTED until its time is up, and
everything behind it in the queue waits.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from omni_pipeline.instance import processes
from omni_pipeline.instance.internals import (
    CanCancelExecutionRequest,
    CanCancelExecutionResult,
    CheckRunHealthResult,
    ConfigurableClassData,
    DagsterUserCodeUnreachableError,
    WorkerStatus,
    deserialize_value,
)

RUNNING = CheckRunHealthResult(WorkerStatus.RUNNING)


class WatchedLauncher(dg.DefaultRunLauncher):
    """As DefaultRunLauncher; named in docker/dagster.yaml."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> "WatchedLauncher":
        return cls(inst_data=inst_data)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the run's process lives; where nobody can tell it counts as living."""
        if processes.ended(run.tags):
            said = f"process {run.tags[processes.PID_TAG]} ended without finishing the run"
            return CheckRunHealthResult(WorkerStatus.FAILED, said)
        # On another host (docker/): the code server knows the runs that it has started.
        client = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if client is None:
            return RUNNING
        try:
            answer = deserialize_value(
                client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id)),
                CanCancelExecutionResult,
            )
        except DagsterUserCodeUnreachableError:
            return RUNNING
        if answer.can_cancel:
            return RUNNING
        return CheckRunHealthResult(WorkerStatus.FAILED, "the code server no longer runs it")
