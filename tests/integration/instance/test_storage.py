"""Dagster's storage keeps its connections, and outlives a server that closes them."""

import subprocess
import sys
import time
from typing import Any

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import DagsterEvent

from omni_pipeline.command.local import dagster_url, prepare_warehouse
from omni_pipeline.instance import half_made
from omni_pipeline.instance import storage as kept_storage
from omni_pipeline.instance.storage import KEPT, KeptStorage

BACKENDS = """
    select pid, backend_start from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
        and backend_type = 'client backend'
"""


@pytest.fixture
def storage(empty_database_url: str) -> KeptStorage:
    prepare_warehouse(empty_database_url, invented=False)
    return KeptStorage(dagster_url(empty_database_url))


def ask(storage: KeptStorage) -> None:
    """Something of runs, events and schedules."""
    assert storage.run_storage.get_runs_count() == 0
    assert list(storage.event_log_storage.all_asset_keys()) == []
    assert list(storage.schedule_storage.all_instigator_state()) == []


def test_connections_are_kept(storage: KeptStorage, empty_database_url: str) -> None:
    ask(storage)
    with psycopg.connect(empty_database_url) as connection:
        before = connection.execute(BACKENDS).fetchall()
        assert 1 <= len(before) <= KEPT
    for _ in range(5):
        ask(storage)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute(BACKENDS).fetchall() == before


def test_a_closed_connection_is_replaced_unseen(
    storage: KeptStorage, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_storage, "IDLE_SECONDS", 0.1)
    ask(storage)
    with psycopg.connect(empty_database_url) as connection:
        ended = connection.execute(
            f"select pg_terminate_backend(pid, 5000) from ({BACKENDS}) as kept"
        ).fetchall()
    assert ended
    time.sleep(0.2)
    ask(storage)


def test_what_was_asked_when_the_connection_broke_is_asked_again(
    storage: KeptStorage, empty_database_url: str
) -> None:
    """Not idle long enough to be tried first: the statement itself meets the closed connection."""
    for _ in range(3):
        ask(storage)
        with psycopg.connect(empty_database_url) as connection:
            ended = connection.execute(
                f"select pg_terminate_backend(pid, 5000) from ({BACKENDS}) as kept"
            ).fetchall()
        assert ended
    ask(storage)


def test_columns_of_the_asset_table_are_looked_up_once(
    storage: KeptStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: Any = storage.event_log_storage
    assert events.has_asset_key_col("cached_status_data")
    monkeypatch.setattr(events, "_has_asset_key_col_on_connection", None)
    assert events.has_asset_key_col("cached_status_data")


@pytest.mark.parametrize("made", [14, 40, 60])
def test_tables_of_a_killed_first_start_are_made_anew(
    made: int, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster makes its tables one by one; here it is killed at one of its statements."""
    prepare_warehouse(empty_database_url, invented=False)
    monkeypatch.setattr(half_made, "ALONE_SECONDS", 0.2)
    url = dagster_url(empty_database_url)
    script = (
        "import os, sys\n"
        "from sqlalchemy import event, Engine\n"
        "from omni_pipeline.instance.storage import KeptStorage\n"
        "done = []\n"
        "@event.listens_for(Engine, 'after_cursor_execute')\n"
        "def count(_, __, statement, *___):\n"
        "    if statement.strip().upper().startswith(('CREATE', 'INSERT', 'ALTER')):\n"
        "        done.append(statement)\n"
        "        if len(done) == int(sys.argv[2]): os._exit(9)\n"
        "KeptStorage(sys.argv[1])\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, url, str(made)])
    assert killed.returncode == 9, "all is made in fewer statements: choose a smaller number"
    ask(KeptStorage(url))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create schema whole")
        KeptStorage(url.replace("dagster", "whole"))
        indexes = "select indexname from pg_indexes where schemaname = %s order by indexname"
        found = [connection.execute(indexes, [name]).fetchall() for name in ("dagster", "whole")]
    assert len(found[1]) > 50
    assert found[0] == found[1]


def test_tables_that_hold_something_are_never_cleared(
    storage: KeptStorage, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(half_made, "MAKING_SECONDS", 0.0)
    url = dagster_url(empty_database_url)
    with psycopg.connect(url, autocommit=True) as connection:
        half_made.clear_half_made(url)
        ask(storage)
        connection.execute("delete from secondary_indexes")
        connection.execute(
            "insert into daemon_heartbeats (daemon_type, timestamp) values ('x', now())"
        )
        half_made.clear_half_made(url)
        assert connection.execute("select count(*) from daemon_heartbeats").fetchone() == (1,)
        connection.execute("delete from daemon_heartbeats")
        half_made.clear_half_made(url)
        assert connection.execute("select to_regclass('daemon_heartbeats')").fetchone() == (None,)


def test_a_check_planned_for_many_hours_is_one_row(
    storage: KeptStorage, empty_database_url: str
) -> None:
    """Dagster would write a row for each, and evaluate none: no check here has partitions."""
    hours = dg.HourlyPartitionsDefinition(
        start_date="2026-01-01-00:00", end_date="2026-04-01-00:00"
    )
    subset = hours.subset_with_all_partitions().to_serializable_subset()
    assert len(subset) == 90 * 24
    key = dg.AssetKey(["marts", "bl_omni_stats"])
    planned = AssetCheckEvaluationPlanned(
        asset_key=key, check_name="adds_up", partitions_subset=subset
    )
    evaluation = dg.AssetCheckEvaluation(asset_key=key, check_name="adds_up", passed=True)
    for kind, data in (
        (dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, planned),
        (dg.DagsterEventType.ASSET_CHECK_EVALUATION, evaluation),
    ):
        event = DagsterEvent(
            event_type_value=kind.value, job_name="run_hourly", event_specific_data=data
        )
        entry = dg.EventLogEntry(  # type: ignore[no-untyped-call]
            None, 10, "", "run", time.time(), dagster_event=event
        )
        storage.event_log_storage.store_event(entry)
    with psycopg.connect(empty_database_url) as connection:
        rows = connection.execute(
            "select partition, execution_status from dagster.asset_check_executions"
        ).fetchall()
    assert rows == [(None, "SUCCEEDED")]
