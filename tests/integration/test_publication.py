"""What a run finds standing, and what it clears away, before dbt starts."""

import os
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from omni_pipeline.warehouse import publication, resource
from omni_pipeline.warehouse.publication import (
    KEPT_TARGETS,
    follow,
    followed,
    forget_old_targets,
    last_published,
    mark_published,
    publishing,
    views_stand,
)


def test_a_publication_is_complete_when_every_step_has_followed(
    warehouse: psycopg.Connection[Any],
) -> None:
    steps = {"marts.one": "code", "two": ""}

    def complete() -> bool:
        return followed(warehouse, last_published(warehouse), steps)

    def all_follow() -> None:
        for step, code in steps.items():
            follow(warehouse, step, last_published(warehouse), code)

    assert not complete(), "nothing is published"
    mark_published(warehouse, 7, "rules")
    follow(warehouse, "two", last_published(warehouse), "")
    assert not complete(), "killed before the other"
    all_follow()
    assert complete()
    mark_published(warehouse, 8, "rules")
    assert not complete(), "killed after dbt: both describe the publication before"
    all_follow()
    assert complete()
    mark_published(warehouse, 8, "other rules")
    assert not complete()
    all_follow()
    assert not followed(warehouse, last_published(warehouse), {**steps, "marts.one": "new code"})
    warehouse.execute("delete from ops.publication where step = '(all)'")
    all_follow()
    mark_published(warehouse, 8, "other rules")
    assert not complete(), "what they read then was no publication"


def test_a_view_that_went_with_its_table_is_missed(warehouse: psycopg.Connection[Any]) -> None:
    warehouse.execute("create schema if not exists marts")
    warehouse.execute("create table marts.fact as select 1 as one")
    warehouse.execute("create view marts.shown as select one from marts.fact")
    assert views_stand(warehouse, ["marts.shown"])
    assert not views_stand(warehouse, ["marts.shown", "marts.other"])
    warehouse.execute("drop table marts.fact cascade")
    assert not views_stand(warehouse, ["marts.shown"])
    assert views_stand(warehouse, [])


def test_the_newest_targets_stay(tmp_path: Path) -> None:
    for age in range(KEPT_TARGETS + 3):
        folder = tmp_path / f"dbt_models-{age}"
        folder.mkdir()
        (folder / "dbt.log").write_text("")
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "other").mkdir()
    forget_old_targets(tmp_path, "dbt_models-*")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"other", *(f"dbt_models-{age}" for age in range(KEPT_TARGETS))}
    forget_old_targets(tmp_path / "absent", "dbt_models-*")


def test_nobody_waits_for_ever_to_publish(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "LOCK_SECONDS", 1)
    access = resource.Warehouse(url=warehouse_url)
    with access.connect("one") as one, access.connect("two") as two:
        with publishing(one), pytest.raises(psycopg.errors.LockNotAvailable), publishing(two):
            pass
        with publishing(two) as bound:
            assert bound == 0


def test_what_ended_the_connection_is_told(warehouse_url: str) -> None:
    """Not that the lock could not be given back on a connection that is closed."""
    access = resource.Warehouse(url=warehouse_url)
    with (
        pytest.raises(dg.Failure, match="ended the connection"),
        access.connect() as connection,
        publishing(connection),
    ):
        connection.execute("select pg_terminate_backend(pg_backend_pid())")
