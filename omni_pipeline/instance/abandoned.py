"""Runs that nobody works on any more: they are closed, and what they hold is given back.

Called at the start of every `omni run`, by a step that finds its pool taken, and, through the
launcher, by the daemon.
"""

from collections.abc import Iterable

import dagster as dg

from omni_pipeline.instance import processes

UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def close_abandoned(instance: dg.DagsterInstance) -> None:
    """Close the runs whose process is gone (kill -9, reboot); free the slots of all that ended."""
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        _close_if_ended(instance, run)
    free_slots(instance, instance.event_log_storage.get_concurrency_keys())


def free_slots(instance: dg.DagsterInstance, pools: Iterable[str], asking: str = "") -> None:
    """Take slots and places in the queue from runs that are not running, `asking` left out."""
    storage = instance.event_log_storage
    infos = storage.get_concurrency_infos(list(pools))
    holders = {
        run_id
        for info in infos.values()
        for run_id in (
            *(slot.run_id for slot in info.claimed_slots),
            *(step.run_id for step in info.pending_steps),
        )
    }
    for run_id in sorted(holders - {asking}):
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished or _close_if_ended(instance, run):
            storage.free_concurrency_slots_for_run(run_id)


def _close_if_ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    if not processes.ended(run.tags):
        return False
    # Its slots first: a run that is finished is not looked at again.
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    pid = run.tags[processes.PID_TAG]
    instance.report_run_failed(run, f"process {pid} ended without finishing the run")
    return True
