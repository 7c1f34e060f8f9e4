"""Pools: slots of runs that are gone are given back, and nobody waits for one without an end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import psycopg
import pytest
from dagster._daemon.monitoring import execute_run_monitoring_iteration

from omni_pipeline.command.local import dagster_url, prepare_warehouse
from omni_pipeline.instance import events, processes
from omni_pipeline.instance.abandoned import close_abandoned, free_slots
from tests.conftest import on_database

REPOSITORY = Path(__file__).resolve().parents[3]
POOL = "loyalty"
ENDED, FAILED = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE


@dg.op(pool=POOL)
def reconcile() -> None:
    """A step that needs the pool."""


@dg.op(pool=POOL)
def fall_over() -> None:
    """A step under which the server ends every connection, also those of Dagster itself."""
    url = os.environ["OMNI_DAGSTER_DATABASE_URL"]
    with psycopg.connect(url) as working, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        working.execute("select 1")


@dg.job(executor_def=dg.in_process_executor)
def work() -> None:
    reconcile()


@dg.job(executor_def=dg.in_process_executor)
def lose() -> None:
    fall_over()


@pytest.fixture(scope="module")
def database(server_url: str) -> str:
    """A database with Dagster's schema, made once."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("create database slots")
    url = on_database(server_url, "slots")
    prepare_warehouse(url, invented=False)
    return url


@pytest.fixture(scope="module")
def settled(
    database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dg.DagsterInstance]:
    """The instance of docker/dagster.yaml, but with two seconds of patience."""
    settings = (REPOSITORY / "docker" / "dagster.yaml").read_text()
    assert "slot_wait_seconds: 2400.0" in settings
    home = tmp_path_factory.mktemp("dagster")
    (home / "dagster.yaml").write_text(settings.replace("2400.0", "2.0"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        patch.setenv("OMNI_DAGSTER_DATABASE_URL", dagster_url(database))
        patch.setattr(events, "ASK_SECONDS", 0.2)
        with dg.DagsterInstance.get() as made:
            yield made


@pytest.fixture
def instance(settled: dg.DagsterInstance, database: str) -> dg.DagsterInstance:
    """The instance without runs, its pool untouched."""
    with psycopg.connect(database) as connection:
        for table in ("concurrency_slots", "concurrency_limits", "pending_steps", "runs"):
            connection.execute(f"truncate dagster.{table} cascade")
    return settled


@pytest.fixture(scope="module")
def dead() -> dict[str, str]:
    """Tags of a process that has lived and is gone."""
    program = "import json; from omni_pipeline.instance import processes as p; "
    program += "print(json.dumps(p.own_tags()))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    tags: dict[str, str] = json.loads(said.stdout)
    return tags


def holder(instance: dg.DagsterInstance, tags: dict[str, str], status: Any = None) -> str:
    """A run that holds the pool's slot."""
    run = instance.create_run_for_job(work, tags=tags, status=status or dg.DagsterRunStatus.STARTED)
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default(POOL)
    assert storage.claim_concurrency_slot(POOL, run.run_id, "reconcile").is_claimed
    return run.run_id


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_pool_that_two_runs_make_at_once_is_made(instance: dg.DagsterInstance) -> None:
    for _ in range(2):
        assert instance.event_log_storage.initialize_concurrency_limit_to_default(POOL)


def is_free(instance: dg.DagsterInstance) -> bool:
    info = instance.event_log_storage.get_concurrency_info(POOL)
    return not info.claimed_slots and not info.pending_steps


def carry_out(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return work.execute_in_process(instance=instance, raise_on_error=False)


def test_a_slot_of_a_run_that_failed_is_taken_over(instance: dg.DagsterInstance) -> None:
    for status in (FAILED, ENDED, dg.DagsterRunStatus.CANCELED):
        holder(instance, {}, status)
        assert carry_out(instance).success
        assert is_free(instance)


def test_a_slot_of_a_killed_run_is_taken_over(
    instance: dg.DagsterInstance, dead: dict[str, str]
) -> None:
    gone = holder(instance, dead)
    assert carry_out(instance).success
    assert status_of(instance, gone) == FAILED
    assert is_free(instance)


def test_a_slot_of_a_run_that_was_wiped_is_taken_over(
    instance: dg.DagsterInstance, database: str
) -> None:
    gone = holder(instance, {})
    with psycopg.connect(database) as connection:
        connection.execute("delete from dagster.runs where run_id = %s", [gone])
    assert carry_out(instance).success


def test_a_place_in_the_queue_that_nobody_called_up_is_used(
    instance: dg.DagsterInstance, database: str
) -> None:
    """Who frees a slot tells the next in the queue, and may die in between."""
    gone = holder(instance, {}, FAILED)
    storage = instance.event_log_storage
    waiting = instance.create_run_for_job(work, status=dg.DagsterRunStatus.STARTED).run_id
    storage.add_pending_step(POOL, waiting, "reconcile")  # type: ignore[attr-defined]
    with psycopg.connect(database) as connection:
        connection.execute("update dagster.concurrency_slots set run_id = null, step_key = null")
        connection.execute("delete from dagster.pending_steps where run_id = %s", [gone])
    assert storage.claim_concurrency_slot(POOL, waiting, "reconcile").is_claimed


def test_who_waits_too_long_says_for_whom(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for ever, and not in a loop that only burns the processor."""
    asked: list[str] = []

    def note(instance: dg.DagsterInstance, pools: list[str], asking: str) -> None:
        asked.extend(pools)
        free_slots(instance, pools, asking)

    monkeypatch.setattr(events, "free_slots", note)
    alive = holder(instance, processes.own_tags())
    result = carry_out(instance)
    assert not result.success
    (failure,) = (e for e in result.all_events if e.is_job_failure)
    assert failure.job_failure_data.error is not None
    said = failure.job_failure_data.error.message
    assert f"waited 2 s for the pool {POOL}, which is held by run {alive[:8]}" in said
    assert len(asked) <= 11, "five times a second, for two seconds"
    assert status_of(instance, result.run_id) == FAILED
    # The one that holds it is not touched, and the one that gave up stands in nobody's way.
    assert status_of(instance, alive) == dg.DagsterRunStatus.STARTED
    info = instance.event_log_storage.get_concurrency_info(POOL)
    assert [slot.run_id for slot in info.claimed_slots] == [alive]
    assert [step.run_id for step in info.pending_steps] == [alive]


def test_a_run_that_lost_its_connections_fails_and_leaves_nothing(
    instance: dg.DagsterInstance,
) -> None:
    result = lose.execute_in_process(instance=instance, raise_on_error=False)
    assert status_of(instance, result.run_id) == FAILED
    (failure,) = (e for e in result.all_events if e.is_step_failure)
    assert "terminating connection" in str(failure.step_failure_data.error)
    assert is_free(instance)
    assert carry_out(instance).success


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED", "CANCELING"])
def test_killed_runs_are_closed_at_the_next_start(
    instance: dg.DagsterInstance, dead: dict[str, str], status: str
) -> None:
    gone = holder(instance, dead, dg.DagsterRunStatus[status])
    close_abandoned(instance)
    assert status_of(instance, gone) == FAILED
    assert is_free(instance)


def test_living_runs_and_those_elsewhere_are_left_alone(
    instance: dg.DagsterInstance, dead: dict[str, str]
) -> None:
    mine = processes.own_tags()
    elsewhere = {**dead, processes.HOST_TAG: "another"}
    # The same host's name in another container: its process numbers mean nothing here.
    boot, space, start = dead[processes.BORN_TAG].split(".")
    beside = {**dead, processes.BORN_TAG: f"{boot}.{int(space) + 1}.{start}"}
    runs = [
        instance.create_run_for_job(work, tags=tags, status=dg.DagsterRunStatus.STARTED).run_id
        for tags in (mine, elsewhere, beside, {})
    ]
    close_abandoned(instance)
    assert {status_of(instance, run) for run in runs} == {dg.DagsterRunStatus.STARTED}


def test_a_number_given_out_again_is_another_process() -> None:
    mine = processes.own_tags()
    assert not processes.ended(mine)
    boot, space, start = mine[processes.BORN_TAG].split(".")
    assert processes.ended({**mine, processes.BORN_TAG: f"{boot}.{space}.{int(start) - 1}"})
    assert processes.ended({**mine, processes.BORN_TAG: f"rebooted.{space}.{start}"})
    assert not processes.ended({**mine, processes.PID_TAG: "none"})


def test_a_killed_process_nobody_has_waited_for_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    tags = {**processes.own_tags(), processes.PID_TAG: str(child.pid)}
    tags[processes.BORN_TAG] = processes._birth(child.pid) or ""
    assert not processes.ended(tags)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.ended(tags)
    child.wait()


def test_the_daemon_closes_a_killed_run(instance: dg.DagsterInstance, dead: dict[str, str]) -> None:
    gone, alive = holder(instance, dead), None
    alive = instance.create_run_for_job(work, status=dg.DagsterRunStatus.STARTED).run_id
    workspace = SimpleNamespace(instance=instance, create_request_context=lambda: None)
    logger = SimpleNamespace(info=print, exception=print)
    for trouble in execute_run_monitoring_iteration(workspace, logger):  # type: ignore[arg-type]
        assert trouble is None
    assert status_of(instance, gone) == FAILED
    assert status_of(instance, alive) == dg.DagsterRunStatus.STARTED


def test_a_run_started_by_the_daemon_says_where_it_lives(instance: dg.DagsterInstance) -> None:
    result = carry_out(instance)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert processes.own_tags().items() <= run.tags.items()
