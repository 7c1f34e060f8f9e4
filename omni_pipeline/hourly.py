"""One hourly run in this process, with its progress told line by line.

Used by `omni run` and `omni demo`. The run is an ordinary Dagster run: it is stored in the
instance, shows in the UI, and its log goes to a file of its own.
"""

import contextlib
import functools
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

from omni_pipeline.errors import ConfigurationError

JOB = "run_hourly"
LOCATION = "omni_pipeline"  # the code location's name in workspace.yaml, here and in docker/
HOST_TAG, PID_TAG = "omni/host", "omni/pid"
UNFINISHED = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass
class RunSummary:
    """How a run went: seconds per step in order of their start."""

    run_id: str
    success: bool
    seconds: float
    log: Path
    steps: dict[str, float] = field(default_factory=dict)


class RunFailed(Exception):
    """The run ended without success; str() names the step and what it said."""


def run_hourly(
    logs: Path,
    report: Callable[[str], None],
    trigger: str,
    job: str = JOB,
    hours: tuple[datetime, datetime] | None = None,
) -> RunSummary:
    """Run the job to its end; of `hours` (first, and the one after the last) the statistics alone.

    Raises ConfigurationError when a step failed on a setting, RunFailed on any other failure.
    """
    from omni_pipeline.definitions import defs
    from omni_pipeline.warehouse.partitions import STATISTICS, range_tags, routine_tags

    with dg.DagsterInstance.get() as instance:
        _as_the_code_location(instance, job)
        close_abandoned(instance)
        run_id = str(uuid.uuid4())
        log = logs / f"run-{run_id[:8]}.log"
        progress = _Progress(instance, run_id, report)
        started = time.monotonic()
        with (
            open(log, "w") as output,
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
            progress,
        ):
            result = defs.resolve_job_def(job).execute_in_process(
                instance=instance,
                run_id=run_id,
                raise_on_error=False,
                asset_selection=[STATISTICS] if hours else None,
                tags={
                    HOST_TAG: socket.gethostname(),
                    PID_TAG: str(os.getpid()),
                    "trigger": trigger,
                    **(range_tags(*hours) if hours else routine_tags(datetime.now(UTC))),
                },
            )
        summary = RunSummary(
            run_id, result.success, time.monotonic() - started, log, progress.seconds
        )
        if not result.success:
            _raise_failure(result, log)
        return summary


def _as_the_code_location(instance: dg.DagsterInstance, job: str) -> None:
    """Have the instance note runs as those of the code location: the UI lists no others."""
    location = RegisteredCodeLocationOrigin(LOCATION)
    origin = RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME).get_job_origin(job)
    create = functools.partial(instance.create_run_for_job, remote_job_origin=origin)
    instance.create_run_for_job = create  # type: ignore[method-assign]


def close_abandoned(instance: dg.DagsterInstance) -> None:
    """Mark runs of this machine whose process is gone (kill -9, reboot) as failed."""
    runs = instance.get_runs(
        dg.RunsFilter(statuses=UNFINISHED, tags={HOST_TAG: socket.gethostname()})
    )
    for run in runs:
        pid = int(run.tags.get(PID_TAG, "0"))
        if pid and not _is_omni(pid):
            # Its pool slots first: later runs would wait for them, and only a daemon frees them.
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            instance.report_run_failed(run, f"process {pid} ended without finishing the run")


def _is_omni(pid: int) -> bool:
    """Whether the process lives and is an `omni`: numbers are given out again."""
    try:
        return b"omni" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _raise_failure(result: dg.ExecuteInProcessResult, log: Path) -> None:
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        failure = data.user_failure_data
        variable = failure.metadata.get("variable") if failure else None
        if failure and variable is not None and variable.value:
            said = str(failure.description).removeprefix(f"{variable.value}: ")
            raise ConfigurationError(str(variable.value), said)
        said = failure.description if failure and failure.description else _cause(data)
        raise RunFailed(f"{event.step_key}: {said} (log: {log})")
    raise RunFailed(f"the run did not succeed (log: {log})")


def _cause(data: "dg.StepFailureData") -> str:  # type: ignore[name-defined]
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return " ".join(error.message.split()) if error is not None else "no reason was recorded"


class _Progress:
    """Tells steps and tables as the instance's event log gets them."""

    def __init__(
        self, instance: dg.DagsterInstance, run_id: str, report: Callable[[str], None]
    ) -> None:
        self._instance = instance
        self._run_id = run_id
        self._report = report
        self._cursor: str | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._models = 0
        self.seconds: dict[str, float] = {}
        self._starts: dict[str, float] = {}

    def __enter__(self) -> "_Progress":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._read()

    def _follow(self) -> None:
        while not self._done.wait(0.5):
            self._read()

    def _read(self) -> None:
        found = self._instance.get_records_for_run(self._run_id, cursor=self._cursor)
        self._cursor = found.cursor
        for record in found.records:
            entry = record.event_log_entry
            event = entry.dagster_event
            if event is None or event.step_key is None:
                continue
            step = event.step_key
            if event.event_type == dg.DagsterEventType.STEP_START:
                self._starts[step] = entry.timestamp
                self._report(f"  {step} …")
            elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
                # What has a partition is an hour of the statistics.
                model = step == "dbt_models" and event.partition is None
                self._models += model
                if model and self._models % 25 == 0:
                    self._report(f"    {self._models} models built")
            elif event.event_type in (
                dg.DagsterEventType.STEP_SUCCESS,
                dg.DagsterEventType.STEP_FAILURE,
            ):
                seconds = entry.timestamp - self._starts.get(step, entry.timestamp)
                self.seconds[step] = seconds
                failed = event.event_type == dg.DagsterEventType.STEP_FAILURE
                self._report(f"  {step} {'FAILED after' if failed else 'done in'} {seconds:.1f} s")
