"""Descriptions of the published tables and columns, as comments in the database.

So psql, Metabase and whoever lists columns see what the project says of them. One query compares
the comments that stand with the descriptions; only those that differ are written, so an hour
without changes writes none, and a table or view that was made anew has its own again in that run.
Imports no Dagster.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import errors, sql

PUBLISHED = "marts"  # schema
WAIT = "5s"  # for whoever changes the table just now; the next run tries again
STANDING = """
    select relation.relname, relation.relkind = 'v', coalesce(attribute.attname, ''),
        about.description
    from pg_class as relation
    inner join pg_namespace as space on relation.relnamespace = space.oid
    cross join lateral (
        select 0 as number, null::name as attname
        union all
        select attnum, attname from pg_attribute
        where attrelid = relation.oid and attnum > 0 and not attisdropped
    ) as attribute
    left join pg_description as about
        on about.objoid = relation.oid and about.classoid = 'pg_class'::regclass
            and about.objsubid = attribute.number
    where space.nspname = %s and relation.relkind in ('r', 'v')
        and pg_has_role(relation.relowner, 'usage')
    order by relation.relname, attribute.number
"""


def described(manifest: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Descriptions of published models by name and column; '' stands for the model itself."""
    found = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] != PUBLISHED:
            continue
        found[node["alias"], ""] = node["description"].strip()
        for column in node["columns"].values():
            found[node["alias"], column["name"]] = column["description"].strip()
    return found


def comment(connection: psycopg.Connection[Any], manifest: Mapping[str, Any]) -> int:
    """Write the comments that differ from the project's descriptions; how many those were."""
    told = described(manifest)
    wanted: dict[str, list[sql.Composed]] = {}
    for table, is_view, column, stands in connection.execute(STANDING, [PUBLISHED]).fetchall():
        text = told.get((table, column))
        if text is None or text == (stands or ""):
            continue
        kind = "column" if column else "view" if is_view else "table"
        name = sql.Identifier(PUBLISHED, table, *([column] if column else []))
        about = sql.Literal(text) if text else sql.SQL("null")
        statement = sql.SQL("comment on {} {} is {}").format(sql.SQL(kind), name, about)
        wanted.setdefault(table, []).append(statement)
    return sum(_written(connection, statements) for statements in wanted.values())


def _written(connection: psycopg.Connection[Any], statements: list[sql.Composed]) -> int:
    try:
        with connection.transaction():
            connection.execute(f"set local lock_timeout = '{WAIT}'")
            connection.execute(sql.SQL(";\n").join(statements))
    except (errors.LockNotAvailable, errors.UndefinedTable, errors.UndefinedColumn):
        return 0
    return len(statements)
