"""What a run finds standing, and what it clears away, before dbt starts."""

import os
from pathlib import Path
from typing import Any

import psycopg

from omni_pipeline.warehouse.publication import KEPT_TARGETS, forget_old_targets, views_stand


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
