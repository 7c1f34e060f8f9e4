"""Descriptions of the project stand in the database, and are written when they change alone."""

from typing import Any

import psycopg
import pytest

from omni_pipeline.warehouse.comments import comment, described

Warehouse = psycopg.Connection[Any]
READ = """
    select coalesce(obj_description(%s::regclass), ''),
        coalesce(col_description(%s::regclass, 1), ''),
        coalesce(col_description(%s::regclass, 2), '')
"""


def manifest(table: str, **columns: str) -> dict[str, Any]:
    """A project with a table `sale` and a view `shown` on it, both described alike."""
    node = {
        "resource_type": "model",
        "schema": "marts",
        "description": f"{table}\n",
        "columns": {name: {"name": name, "description": about} for name, about in columns.items()},
    }
    elsewhere = {**node, "alias": "own", "schema": "intermediate"}
    nodes = {name: {**node, "alias": name} for name in ("sale", "shown", "missing")}
    return {"nodes": {**nodes, "own": elsewhere}}


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    warehouse.execute(
        """
        create schema if not exists marts;
        create schema if not exists intermediate;
        create table marts.sale (id int, "when" date);
        create view marts.shown as select * from marts.sale;
        create table marts.budget (id int);
        comment on table marts.budget is 'Somebody''s own.';
        create table intermediate.own (id int);
        """
    )
    return warehouse


def read(warehouse: Warehouse, name: str) -> tuple[str, ...]:
    row = warehouse.execute(READ, [f"marts.{name}"] * 3).fetchone()
    return tuple(row or ())


def test_what_differs_is_written_once(shop: Warehouse) -> None:
    first = manifest("One row per sale.", id="Its 'number'; see %s.", when="Day.")
    assert comment(shop, first) == 6
    for name in ("sale", "shown"):
        assert read(shop, name) == ("One row per sale.", "Its 'number'; see %s.", "Day.")
    assert read(shop, "budget")[0] == "Somebody's own."
    assert comment(shop, first) == 0
    changed = manifest("One row per sale.", id="Its number.", when="")
    assert comment(shop, changed) == 4
    assert read(shop, "sale") == ("One row per sale.", "Its number.", "")
    assert comment(shop, changed) == 0
    own = shop.execute("select obj_description('intermediate.own'::regclass)").fetchone()
    assert own == (None,)


def test_a_view_made_anew_is_described_anew(shop: Warehouse) -> None:
    project = manifest("One row per sale.", id="Number.", when="Day.")
    comment(shop, project)
    shop.execute("drop view marts.shown; create view marts.shown as select * from marts.sale")
    assert comment(shop, project) == 3
    assert read(shop, "shown") == ("One row per sale.", "Number.", "Day.")


def test_a_busy_table_waits_for_the_next_run(
    shop: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omni_pipeline.warehouse.comments.WAIT", "50ms")
    project = manifest("One row per sale.", id="Number.", when="Day.")
    dsn, password = shop.info.dsn, shop.info.password
    with psycopg.connect(dsn, password=password or None) as other:
        other.execute("lock table marts.sale in access exclusive mode")
        assert comment(shop, project) == 3  # the view
    assert comment(shop, project) == 3
    assert described(project)["sale", "id"] == "Number."
