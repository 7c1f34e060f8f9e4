"""One hourly run in this process, with its progress told line by line.

Used by `omni run` and `omni demo`. The run is an ordinary Dagster run: it is stored in the
instance, shows in the UI, and its log goes to a file of its own.
"""

import contextlib
import io
import logging
import re
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

from omni_pipeline.bronze.checks import FRESH, WHOLE
from omni_pipeline.command.interruption import children_write_to, interruptible
from omni_pipeline.errors import ConfigurationError
from omni_pipeline.instance import processes
from omni_pipeline.instance.abandoned import close_abandoned
from omni_pipeline.redaction import chain, in_words, misfortune
from omni_pipeline.settings import DAGSTER
from omni_pipeline.warehouse.progress import BUILDS

JOB = "run_hourly"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# dbt calls it an error that a model was left out whose ephemeral parent was left out.
CONSEQUENCE = re.compile(r"\d+ of \d+ SKIP relation \S+ due to ephemeral .*?\[ERROR SKIP\] ?")
LONGEST = 600  # characters of what a step said; all of it is in the log
DBT_SAID = "Errors parsed from dbt logs:"  # dagster-dbt, before the errors themselves


@dataclass
class RunSummary:
    """How a run went: seconds per step in order of their start.

    `lacking` says of each source that is not what it was what is gone; the run is published all
    the same.
    """

    run_id: str
    success: bool
    seconds: float
    log: Path
    steps: dict[str, float] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)


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

    with _instance() as instance:
        run_id = str(uuid.uuid4())
        log = logs / f"run-{run_id[:8]}.log"
        progress = _Progress(instance, run_id, report)
        # A log handler that cannot reach the storage would print its traceback for every line.
        logging.raiseExceptions = False
        started = time.monotonic()
        with (
            open(log, "w") as output,
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
            children_write_to(output.fileno()),
            _closing(instance, run_id, log),
            progress,
        ):
            result = interruptible(defs.resolve_job_def(job).execute_in_process)(
                instance=instance,
                run_id=run_id,
                raise_on_error=False,
                asset_selection=[STATISTICS] if hours else None,
                tags={
                    **processes.own_tags(),
                    "trigger": trigger,
                    **(range_tags(*hours) if hours else routine_tags(datetime.now(UTC))),
                },
            )
        summary = RunSummary(
            run_id,
            result.success,
            time.monotonic() - started,
            log,
            progress.seconds,
            progress.lacking,
        )
        if not result.success:
            _raise_failure(result, log)
        return summary


def _instance() -> dg.DagsterInstance:
    """Dagster's instance, in which no dead run holds anything.

    Raises ConfigurationError when its storage cannot be reached.
    """
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # Dagster tells of each vain attempt
            instance = dg.DagsterInstance.get()
        close_abandoned(instance)
    except (SQLAlchemyError, DagsterPostgresException) as error:
        said = in_words(_root(error))
    else:
        return instance
    raise ConfigurationError(DAGSTER, f"cannot be used: {said}")


def _root(error: BaseException) -> BaseException:
    return list(chain(error))[-1]


@contextlib.contextmanager
def _closing(instance: dg.DagsterInstance, run_id: str, log: Path) -> Iterator[None]:
    """Close the run when Dagster itself gives up, such as for a storage that stays away.

    Where even that cannot be written down, the next run does it: this process is gone by then.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001
        with open(log, "a") as output:  # frames alone: messages may hold what was being written
            traceback.print_tb(error.__traceback__, file=output)
        said = misfortune(error) or in_words(_root(error))
    else:
        return
    with contextlib.suppress(Exception):
        run = instance.get_run_by_id(run_id)
        if run and not run.is_finished:
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
            instance.report_run_failed(run, said)
    raise RunFailed(f"the run broke off: {said} (log: {log})")


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
        said = failure.description if failure and failure.description else _innermost(data.error)
        # Of a dbt that failed: what its log tells, not the call with all its options before it.
        said = " ".join(COLOURS.sub("", said.rpartition(DBT_SAID)[2]).split())
        said = CONSEQUENCE.sub("", said)[:LONGEST]
        raise RunFailed(f"{event.step_key}: {said} (log: {log})")
    # No step failed: one waited for its pool in vain, or Dagster could not go on.
    errors = [e.job_failure_data.error for e in result.all_events if e.is_job_failure]
    said = _innermost(errors[-1] if errors else None)
    raise RunFailed(f"the run did not succeed: {said} (log: {log})")


def _innermost(error: Any) -> str:
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return "no reason was recorded"
    said = " ".join(error.message.split())
    kind, _, words = said.partition(": ")
    return words if kind.startswith("omni_pipeline.") else said


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
        self._built, self._to_build = 0, 0
        self.seconds: dict[str, float] = {}
        self.lacking: list[str] = []
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
            if event is None and (told := BUILDS.match(entry.user_message)):
                self._to_build = int(told[1])
                self._report(f"    0 of {told[1]} models built")
            if event is None or event.step_key is None:
                continue
            step = event.step_key
            if event.event_type == dg.DagsterEventType.STEP_START:
                self._starts[step] = entry.timestamp
                self._report(f"  {step} …")
            elif (event.message or "").startswith("Step blocked by limit"):
                self._report(f"  {step} waits for another run, which holds its pool")
            elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
                self._tell_refused(event)
                if step != "dbt_models" or self._built == self._to_build:
                    continue  # of the statistics, hours are told after the models
                self._built += 1
                if self._built % 25 == 0 or self._built == self._to_build:
                    self._report(f"    {self._built} of {self._to_build} models built")
            elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                self._tell_check(event.asset_check_evaluation_data)
            elif event.event_type in (
                dg.DagsterEventType.STEP_SUCCESS,
                dg.DagsterEventType.STEP_FAILURE,
            ):
                seconds = entry.timestamp - self._starts.get(step, entry.timestamp)
                self.seconds[step] = seconds
                failed = event.event_type == dg.DagsterEventType.STEP_FAILURE
                self._report(f"  {step} {'FAILED after' if failed else 'done in'} {seconds:.1f} s")

    def _tell_refused(self, event: dg.DagsterEvent) -> None:
        told = event.step_materialization_data.materialization
        refused = told.metadata.get("rows_quarantined")
        if refused is not None and refused.value:
            table = ".".join(told.asset_key.path)
            self._report(f"    {table}: {refused.value} rows refused, see ops.quarantine")

    def _tell_check(self, check: dg.AssetCheckEvaluation) -> None:
        if check.passed or check.check_name not in (WHOLE, FRESH):
            return
        said = f"{check.asset_key.path[0].removeprefix('raw_')}: {check.description}"
        if check.check_name == WHOLE:
            self.lacking.append(said)
        self._report(f"    {'NOT WHOLE' if check.check_name == WHOLE else 'LATE'} {said}")
