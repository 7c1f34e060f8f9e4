"""Dagster's storage keeps its connections, and outlives a server that closes them."""

import time

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import DagsterEvent

from omni_pipeline import dagster_storage
from omni_pipeline.dagster_storage import KEPT, KeptStorage
from omni_pipeline.local import dagster_url, prepare_warehouse

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
    monkeypatch.setattr(dagster_storage, "IDLE_SECONDS", 0.1)
    ask(storage)
    with psycopg.connect(empty_database_url) as connection:
        ended = connection.execute(
            f"select pg_terminate_backend(pid, 5000) from ({BACKENDS}) as kept"
        ).fetchall()
    assert ended
    time.sleep(0.2)
    ask(storage)


def test_columns_of_the_asset_table_are_looked_up_once(
    storage: KeptStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = storage.event_log_storage
    assert events.has_asset_key_col("cached_status_data")
    monkeypatch.setattr(events, "_has_asset_key_col_on_connection", None)
    assert events.has_asset_key_col("cached_status_data")


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
        entry = dg.EventLogEntry(None, 10, "", "run", time.time(), dagster_event=event)
        storage.event_log_storage.store_event(entry)
    with psycopg.connect(empty_database_url) as connection:
        rows = connection.execute(
            "select partition, execution_status from dagster.asset_check_executions"
        ).fetchall()
    assert rows == [(None, "SUCCEEDED")]
