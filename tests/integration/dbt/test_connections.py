"""Kept connections: one backend for all nodes of a thread, every node in a session as if new."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbt.adapters.postgres.impl import PostgresAdapter
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner

from omni_pipeline.dbt.connections import keep_connections
from omni_pipeline.warehouse.resource import dbt_environment
from tests.conftest import REPOSITORY

PROJECT = "{name: small, profile: omni, models: {small: {+materialized: table}}}"
FIRST = """
{{ config(pre_hook=[
    "set work_mem = '77MB'",
    "create temporary table left_behind as select 1 as a",
    "select pg_advisory_lock(77)",
]) }}
select pg_backend_pid() as pid, current_setting('work_mem') as work_mem
"""
FAILING = "-- depends_on: {{ ref('first') }}\nselect 1 / (select 0) as nothing"
ENDING = "-- depends_on: {{ ref('first') }}\nselect pg_terminate_backend(pg_backend_pid()) as a"
END = """
select pg_terminate_backend(pid, 5000) from pg_stat_activity
where application_name = 'omni-dbt' and datname = current_database()
"""
LAST = """
-- depends_on: {{ ref('first') }}
select
    pg_backend_pid() as pid, current_setting('work_mem') as work_mem,
    to_regclass('pg_temp.left_behind') as temporary_table,
    (select count(*) from pg_locks where locktype = 'advisory') as locks,
    current_setting('application_name') as application
"""


@pytest.fixture
def small(warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of three models on a warehouse of its own, and the project's profile."""
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    shutil.copy(REPOSITORY / "dbt_project" / "profiles.yml", tmp_path)
    for name, text in (("first", FIRST), ("failing", FAILING), ("last", LAST)):
        (tmp_path / "models" / f"{name}.sql").write_text(text)
    for variable, value in dbt_environment(warehouse_url).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    monkeypatch.setattr(PostgresAdapter, "ConnectionManager", PostgresAdapter.ConnectionManager)
    return tmp_path


def run(project: Path, *callbacks: Callable[[Any], None]) -> dict[str, str]:
    """Run the project with one thread; status by model."""
    folder = str(project)
    arguments = ["run", "--project-dir", folder, "--profiles-dir", folder, "--quiet"]
    outcome = dbtRunner(callbacks=list(callbacks)).invoke([*arguments, "--threads", "1"])
    assert isinstance(outcome.result, RunExecutionResult)
    return {result.node.name: str(result.status) for result in outcome.result.results}


def same_backend(warehouse: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether one backend made the first and the last model."""
    row = warehouse.execute(
        "select first.pid = last.pid from staging.first, staging.last"
    ).fetchone()
    assert row is not None
    return bool(row[0])


def test_models_share_a_backend_and_nothing_else(
    small: Path, warehouse: psycopg.Connection[tuple[object, ...]]
) -> None:
    keep_connections()
    assert run(small) == {"first": "success", "failing": "error", "last": "success"}
    first = warehouse.execute("select pid, work_mem from staging.first").fetchone()
    last = warehouse.execute("select * from staging.last").fetchone()
    usual = warehouse.execute("show work_mem").fetchone()
    assert first is not None
    assert usual is not None
    assert first[1] == "77MB" != usual[0]
    assert last == (first[0], usual[0], None, 0, "omni-dbt")


def test_nothing_stays_connected_afterwards(
    small: Path, warehouse: psycopg.Connection[tuple[object, ...]]
) -> None:
    keep_connections()
    run(small)
    left = warehouse.execute(
        "select count(*) from pg_stat_activity where application_name = 'omni-dbt'"
        " and datname = current_database()"
    ).fetchone()
    assert left == (0,)


def test_a_backend_that_ended_in_a_model_is_replaced(
    small: Path, warehouse: psycopg.Connection[tuple[object, ...]]
) -> None:
    (small / "models" / "failing.sql").write_text(ENDING)
    keep_connections()
    assert run(small) == {"first": "success", "failing": "error", "last": "success"}
    assert not same_backend(warehouse)


@pytest.mark.parametrize("moment", ["NodeFinished", "NodeStart"])
def test_a_backend_that_ended_between_models_is_replaced(
    small: Path, warehouse: psycopg.Connection[tuple[object, ...]], moment: str
) -> None:
    """As a firewall or an administrator ends it."""
    (small / "models" / "failing.sql").unlink()
    node = {"NodeFinished": "first", "NodeStart": "last"}[moment]

    def end(event: Any) -> None:
        if event.info.name == moment and event.data.node_info.node_name == node:
            warehouse.execute(END)

    keep_connections()
    assert run(small, end) == {"first": "success", "last": "success"}
    assert not same_backend(warehouse)
