"""Tables and views of earlier releases that no model makes any more: a complete run takes them out.

What dbt makes is noted in `ops.deployed`; what is noted there and not in the project goes. Where
nothing is noted yet, in a warehouse of an older release, what has a name of ours goes. Other tables
in these schemas are somebody's own. Nothing goes along with it (no cascade): what somebody reads
stays, and is told.
Imports no Dagster.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql

from omni_pipeline.warehouse.follows import KEPT

# Cannot be made again: it stays whatever the project says (config `full_refresh=false`).
FOR_GOOD = ("marts.customer_uuid_history",)
NOBODYS = ("ops",)  # views of the bookkeeping's schema, which holds what cannot be made again
WAIT = "5s"  # for a reader of such a table; the next run tries again

FOUND = """
    select space.nspname, entry.relname, entry.relkind = 'v' as is_view
    from pg_class as entry
    inner join pg_namespace as space on entry.relnamespace = space.oid
    where entry.relkind in ('r', 'v') and pg_has_role(entry.relowner, 'usage')
        and (
            (space.nspname, entry.relname) in (select schema_name, name from ops.deployed)
            or (
                not exists (select 1 from ops.deployed)
                and (
                    (space.nspname in ('staging', 'intermediate') and entry.relname ~ '^(stg|int)_')
                    or (space.nspname = 'intermediate' and entry.relname ~ '__changes$')
                    or (
                        space.nspname = 'marts'
                        and entry.relname in (select model from ops.table_made)
                    )
                )
            )
        )
    order by 1, 2
"""


@dataclass(frozen=True)
class Cleared:
    """What went, and what stays because something reads it; both as schema.name."""

    gone: tuple[str, ...]
    read: tuple[str, ...]


def made_by(manifest: Mapping[str, Any]) -> set[str]:
    """All that a dbt project makes, as schema.name, change logs included."""
    found = set()
    for node in manifest["nodes"].values():
        config = node["config"]
        if node["resource_type"] not in ("model", "seed") or config["materialized"] == "ephemeral":
            continue
        found.add(f"{node['schema']}.{node['alias']}")
        if config["materialized"] in KEPT or config.get("logs"):
            found.add(f"intermediate.{node['alias']}__changes")
    return found


def clear_leftovers(connection: psycopg.Connection[Any], made: Collection[str]) -> Cleared:
    """Drop what was made once and is not in `made`, and note what is made now."""
    rows = connection.execute(FOUND).fetchall()
    left = {
        f"{schema}.{name}": sql.SQL("drop {} {}").format(
            sql.SQL("view" if is_view else "table"), sql.Identifier(schema, name)
        )
        for schema, name, is_view in rows
        if f"{schema}.{name}" not in {*made, *FOR_GOOD} and schema not in NOBODYS
    }
    gone: list[str] = []
    tried = -1
    while left and tried != len(gone):  # the last that reads another goes first
        tried = len(gone)
        gone += [name for name in left if _dropped(connection, left[name])]
        left = {name: drop for name, drop in left.items() if name not in gone}
    _note(connection, {*made, *left}, gone)
    return Cleared(tuple(sorted(gone)), tuple(sorted(left)))


def _note(connection: psycopg.Connection[Any], ours: Collection[str], gone: Sequence[str]) -> None:
    """Remember what is ours, and forget what went; a model may only have moved elsewhere."""
    known = {name.split(".")[1] for name in ours}
    models = [model for name in gone if (model := name.split(".")[1]) not in known]
    with connection.transaction():
        connection.execute("delete from ops.table_made where model = any(%s)", [models])
        connection.execute("delete from ops.watermark where model = any(%s)", [models])
        connection.execute(
            "delete from ops.deployed where schema_name || '.' || name <> all(%s)", [sorted(ours)]
        )
        connection.execute(
            """
            insert into ops.deployed (schema_name, name)
            select split_part(name, '.', 1), split_part(name, '.', 2)
            from unnest(%s::text[]) as name
            on conflict do nothing
            """,
            [sorted(ours)],
        )


def _dropped(connection: psycopg.Connection[Any], drop: sql.Composed) -> bool:
    try:
        with connection.transaction():
            connection.execute(f"set local lock_timeout = '{WAIT}'")
            connection.execute(drop)
    except (errors.DependentObjectsStillExist, errors.LockNotAvailable):
        return False
    return True
