"""What earlier releases made and no model makes any more goes; what is somebody's own stays."""

import json
from typing import Any

import psycopg

from omni_pipeline.dbt.resource import PROJECT
from omni_pipeline.warehouse.leftovers import FOR_GOOD, Cleared, clear_leftovers, made_by

NODE = {"resource_type": "model", "schema": "marts", "config": {"materialized": "keyed"}}
STANDS = """
    select space.nspname || '.' || entry.relname from pg_class as entry
    inner join pg_namespace as space on entry.relnamespace = space.oid
    where space.nspname in ('staging', 'intermediate', 'marts', 'reports')
        and entry.relkind in ('r', 'v')
"""
Warehouse = psycopg.Connection[Any]


def project(*names: str, **config: Any) -> set[str]:
    """What a project with tables of these names in schema `marts` makes."""
    node = {**NODE, "config": {**NODE["config"], **config}}  # type: ignore[dict-item]
    return made_by({"nodes": {name: {**node, "alias": name} for name in names}})


def execute(warehouse: Warehouse, *statements: str) -> None:
    for schema in ("staging", "intermediate", "marts", "reports"):
        warehouse.execute(f"create schema if not exists {schema}")
    for statement in statements:
        warehouse.execute(statement)


def standing(warehouse: Warehouse) -> set[str]:
    return {name for (name,) in warehouse.execute(STANDS)}


def test_tables_of_a_release_that_noted_nothing(warehouse: Warehouse) -> None:
    """As the release before the engine left them: only tables with a version are noted."""
    execute(
        warehouse,
        "create table marts.fact (id int)",
        "create table intermediate.fact__changes (id int)",
        "create table marts.shown as select 1 as id",
        "create table intermediate.shown__changes (id int)",
        "create table intermediate.int_touches (id int)",
        "create view staging.stg_versions as select id from intermediate.int_touches",
        "create view staging.stg_latest as select id from staging.stg_versions",
        "create table marts.old_fact (id int)",
        "create table marts.customer_uuid_history as select 7 as batch_seq",
        "create table marts.budget_2026 as select 1 as rouble",
        "create view staging.people as select 1 as own",
        "insert into ops.table_made (model, version) values ('fact', ''), ('old_fact', ''),"
        " ('shown', ''), ('customer_uuid_history', '')",
        "insert into ops.watermark (model, followed, up_to) values ('old_fact', 'bronze', 1),"
        " ('fact', 'bronze', 1)",
    )
    made = project("fact") | project("shown", materialized="view")
    cleared = clear_leftovers(warehouse, made)
    assert cleared.read == ()
    assert set(cleared.gone) == {
        *("intermediate.int_touches", "staging.stg_versions", "staging.stg_latest"),
        *("marts.old_fact", "intermediate.shown__changes"),
    }
    assert standing(warehouse) == {
        *("marts.fact", "intermediate.fact__changes", "marts.shown"),
        *("marts.customer_uuid_history", "marts.budget_2026", "staging.people"),
    }
    left = warehouse.execute("select model from ops.watermark").fetchall()
    assert left == [("fact",)], "nothing remembers it"
    execute(warehouse, "create table intermediate.int_mine as select 1 as own")
    assert clear_leftovers(warehouse, made) == Cleared((), ()), "names of ours count once"
    assert "intermediate.int_mine" in standing(warehouse)


def test_a_view_of_this_release_goes_with_its_model(warehouse: Warehouse) -> None:
    both = project("fact", "shown", materialized="view")
    execute(warehouse, *(f"create view {name} as select 1 as id" for name in both))
    assert clear_leftovers(warehouse, both) == Cleared((), ())
    assert clear_leftovers(warehouse, project("fact", materialized="view")).gone == ("marts.shown",)
    execute(warehouse, "create table marts.shown (own int)")
    assert clear_leftovers(warehouse, project("fact", materialized="view")) == Cleared((), ())
    assert "marts.shown" in standing(warehouse), "another one of this name is somebody's own"


def test_what_somebody_reads_stays_and_is_told(warehouse: Warehouse) -> None:
    execute(
        warehouse,
        "create table intermediate.int_read (id int)",
        "create table intermediate.int_unread (id int)",
        "create view reports.own as select id from intermediate.int_read",
    )
    for gone in (("intermediate.int_unread",), ()):
        cleared = clear_leftovers(warehouse, project("fact"))
        assert cleared == Cleared(gone, ("intermediate.int_read",))
    assert "reports.own" in standing(warehouse)
    execute(warehouse, "drop view reports.own")
    assert clear_leftovers(warehouse, project("fact")).gone == ("intermediate.int_read",)


def test_what_somebody_dropped_is_not_ours_any_more(warehouse: Warehouse) -> None:
    execute(warehouse, "create table marts.fact (id int)", "create table marts.old (id int)")
    clear_leftovers(warehouse, project("fact", "old"))
    execute(warehouse, "drop table marts.old")
    assert clear_leftovers(warehouse, project("fact")) == Cleared((), ())
    execute(warehouse, "create table marts.old (own int)")
    assert clear_leftovers(warehouse, project("fact")) == Cleared((), ())
    assert "marts.old" in standing(warehouse)


def test_a_table_that_moved_to_another_schema_is_not_forgotten(warehouse: Warehouse) -> None:
    execute(
        warehouse,
        "create table intermediate.int_moved (id int)",
        "create table marts.int_moved (id int)",
        "insert into ops.table_made (model, version) values ('int_moved', '')",
    )
    assert clear_leftovers(warehouse, project("int_moved")).gone == ("intermediate.int_moved",)
    assert warehouse.execute("select model from ops.table_made").fetchall() == [("int_moved",)]


def test_every_table_that_cannot_be_made_again_is_known() -> None:
    nodes = json.loads(PROJECT.manifest_path.read_text())["nodes"].values()
    kept = {
        f"{n['schema']}.{n['alias']}" for n in nodes if n["config"].get("full_refresh") is False
    }
    assert kept == set(FOR_GOOD)
