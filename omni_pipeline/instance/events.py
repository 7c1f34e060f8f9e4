"""Dagster's event log, with pools that nobody waits for in vain.

Dagster itself waits without a limit and spins while it does; it never asks who holds the slot.
"""

import time
from typing import Any

import dagster as dg
from dagster_postgres import PostgresEventLogStorage
from sqlalchemy.exc import InternalError

from omni_pipeline.instance import processes
from omni_pipeline.instance.abandoned import free_slots
from omni_pipeline.instance.internals import (
    AssetCheckEvaluationPlanned,
    ConcurrencyClaimStatus,
    raise_interrupts_as,
)

# A waiting run gives up, and says for whom it waited, before the 3,000 s are over after which the
# daemon ends an hourly run without a word about that.
SLOT_WAIT_SECONDS = 2_400
ASK_SECONDS = 1.0


class PoolTaken(Exception):
    """A step waited too long for its pool; str() names the pool and who holds it."""


class WatchedEvents(PostgresEventLogStorage):
    """As PostgresEventLogStorage; a pool's slot is asked for once a second and not for ever."""

    slot_wait_seconds: float = SLOT_WAIT_SECONDS

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._asked: dict[tuple[str, str], float] = {}

    def store_event(self, event: dg.EventLogEntry) -> None:
        super().store_event(event)
        # Whoever writes that a run starts is its process, also when the daemon had it started.
        if event.dagster_event_type == dg.DagsterEventType.RUN_START and self.has_instance:
            run = self._instance.get_run_by_id(event.run_id)
            tags = processes.own_tags()
            if run and run.tags.get(processes.BORN_TAG) != tags[processes.BORN_TAG]:
                self._instance.add_run_tags(event.run_id, tags)

    def store_asset_check_event(self, event: dg.EventLogEntry, event_id: int | None) -> None:
        """Of a check that a run of many partitions plans, one row: no check has partitions here.

        Dagster writes one for each partition of the run, and evaluates none of them.
        """
        told = event.get_dagster_event()
        data = told.event_specific_data
        if isinstance(data, AssetCheckEvaluationPlanned):
            data = AssetCheckEvaluationPlanned(asset_key=data.asset_key, check_name=data.check_name)
            event = event._replace(dagster_event=told._replace(event_specific_data=data))
        super().store_asset_check_event(event, event_id)

    def initialize_concurrency_limit_to_default(self, concurrency_key: str) -> bool:
        try:
            return super().initialize_concurrency_limit_to_default(concurrency_key)
        except InternalError:  # another run's first step has just done so, in the same moment
            return True

    def claim_concurrency_slot(
        self, concurrency_key: str, run_id: str, step_key: str, priority: int | None = None
    ) -> ConcurrencyClaimStatus:
        """Claim a slot; take it from runs that are gone, and wait a second if it is taken.

        Raises PoolTaken when that has gone on for `slot_wait_seconds`.
        """
        claim = super().claim_concurrency_slot
        status = claim(concurrency_key, run_id, step_key, priority)
        if not status.is_claimed:
            free_slots(self._instance, [concurrency_key], asking=run_id)
            # Whoever freed a slot may have died before telling the next in the queue.
            if self.has_unassigned_slots(concurrency_key):
                self.assign_pending_steps([concurrency_key])
            status = claim(concurrency_key, run_id, step_key, priority)
        if status.is_claimed:
            self._asked.pop((run_id, step_key), None)
            return status
        began = self._asked.setdefault((run_id, step_key), time.monotonic())
        if time.monotonic() - began >= self.slot_wait_seconds:
            del self._asked[run_id, step_key]
            raise PoolTaken(self._said(concurrency_key, run_id, step_key))
        # Dagster holds Ctrl-C back while no step runs.
        with raise_interrupts_as(dg.DagsterExecutionInterruptedError):
            time.sleep(ASK_SECONDS)
        waited: ConcurrencyClaimStatus = status.with_sleep_interval(0.0)
        return waited

    def _said(self, pool: str, run_id: str, step_key: str) -> str:
        info = self.get_concurrency_info(pool)
        holders = [f"run {slot.run_id[:8]} (step {slot.step_key})" for slot in info.claimed_slots]
        ahead = [step for step in info.pending_steps if step.run_id != run_id]
        by = " and ".join(holders) or f"nobody, with {len(ahead)} steps before it"
        return (
            f"{step_key} waited {self.slot_wait_seconds:.0f} s for the pool {pool}, which is held "
            f"by {by}; end that run or wait for it"
        )
