"""Ctrl-C during a run of this process: it ends here and now, and the run is closed."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import dagster as dg

from omni_pipeline.command.cli import interrupt

Execute = Callable[..., dg.ExecuteInProcessResult]


def interruptible(work: Execute) -> Execute:
    """`work` (a job's `execute_in_process`) in a thread of its own: Ctrl-C ends it here and now.

    In the main thread Dagster keeps Ctrl-C until the next step begins, or makes a failure of it.
    An interrupted run is like a killed one, which harms nothing, but is closed at once.
    """

    def execute(
        *, instance: dg.DagsterInstance, run_id: str, **how: Any
    ) -> dg.ExecuteInProcessResult:
        done: Future[dg.ExecuteInProcessResult] = Future()

        def run() -> None:
            try:
                done.set_result(work(instance=instance, run_id=run_id, **how))
            except BaseException as error:  # noqa: BLE001 - raised again by the main thread
                done.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        try:
            return done.result()
        except KeyboardInterrupt:
            if (run_now := instance.get_run_by_id(run_id)) and not run_now.is_finished:
                instance.report_run_canceled(run_now, "Interrupted by Ctrl-C.")
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
            interrupt.leave()  # dbt and the other children end with this process
            raise

    return execute


@contextlib.contextmanager
def children_write_to(log: int) -> Iterator[None]:
    """Lead what children say to standard error, as Dagster's on Ctrl-C, to the run's log."""
    terminal = os.dup(2)
    os.dup2(log, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
