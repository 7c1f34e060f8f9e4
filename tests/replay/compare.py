"""Puts published tables of two warehouses side by side, row for row.

The first difference of each table is told with its key, both rows and the seeds of the worlds it
belongs to (`identifiers.seeds_in`), found through the identifiers behind node ids and uuids.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.replay.identifiers import seeds_in

Row = dict[str, Any]
NODES = "intermediate.int_identity__nodes"


@dataclass(frozen=True)
class Published:
    """A table to compare; columns in `ignore` may differ."""

    name: str
    key: tuple[str, ...]
    ignore: tuple[str, ...] = ()

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(*self.name.split("."))


def digest(connection: psycopg.Connection[Any], table: Published) -> str | None:
    """A digest of all rows of a table, repeated ones too."""
    statement = sql.SQL(
        "select md5(string_agg(line, '' order by line)) from "
        "(select md5((to_jsonb(entry) - %s::text[])::text) as line from {} as entry) as lines"
    ).format(table.identifier)
    row = connection.execute(statement, [list(table.ignore)]).fetchone()
    return row[0] if row else None


def differences(incremental_url: str, rebuilt_url: str, tables: tuple[Published, ...]) -> list[str]:
    """One text per table that differs, in the order of `tables`; an empty list means equal."""
    found = []
    with psycopg.connect(incremental_url) as left, psycopg.connect(rebuilt_url) as right:
        for table in tables:
            text = _difference(left, right, table)
            if text:
                found.append(text)
    return found


def _difference(
    left: psycopg.Connection[Any], right: psycopg.Connection[Any], table: Published
) -> str | None:
    columns = [_columns(connection, table) for connection in (left, right)]
    if columns[0] != columns[1]:
        return f"{table.name}: columns differ: incremental {columns[0]}, rebuilt {columns[1]}"
    if digest(left, table) == digest(right, table):
        return None
    incremental, rebuilt = _rows(left, table), _rows(right, table)
    keys = sorted(
        key
        for key in incremental.keys() | rebuilt.keys()
        if incremental.get(key) != rebuilt.get(key)
    )
    if not keys:
        return None
    key = keys[0]
    mine, others = incremental.get(key, []), rebuilt.get(key, [])
    names = _names(left) | _names(right)
    seeds = sorted({seed for k in keys for seed in _seeds(incremental, rebuilt, k, names)})
    changed = sorted(
        {
            column
            for column in [*(mine or others)[0]]
            if [row[column] for row in mine] != [row[column] for row in others]
        }
    )
    return (
        f"{table.name}: {len(keys)} of {len(rebuilt)} keys differ, first {key}\n"
        f"  incremental: {_show(mine)}\n  rebuilt:     {_show(others)}\n"
        f"  columns: {', '.join(changed)}\n"
        f"  ids: {_explain(mine + others, names)}\n"
        f"  seed of the first: {_seeds(incremental, rebuilt, key, names)}, of all: {seeds}"
    )


def _columns(connection: psycopg.Connection[Any], table: Published) -> dict[str, str]:
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        [table.name],
    ).fetchall()
    return {name: kind for name, kind in sorted(rows) if name not in table.ignore}


def _rows(connection: psycopg.Connection[Any], table: Published) -> dict[str, list[Row]]:
    """Rows by key; a key that repeats keeps all its rows, in a fixed order."""
    found: dict[str, list[Row]] = defaultdict(list)
    statement = sql.SQL("select to_jsonb(entry) from {} as entry").format(table.identifier)
    for (row,) in connection.execute(statement):
        for column in table.ignore:
            row.pop(column, None)
        found[json.dumps([row[column] for column in table.key])].append(row)
    for rows in found.values():
        rows.sort(key=json.dumps)
    return dict(found)


def _names(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """What stands behind a node id or a birth uuid, as 'TYPE value'."""
    rows = connection.execute(
        f"select node_id, birth_uuid, id_type || ' ' || id_value from {NODES}"
    ).fetchall()
    return {str(key): name for *keys, name in rows for key in keys}


def _scalars(rows: list[Row]) -> list[str]:
    """What may name something: texts, and numbers in columns that hold ids."""
    return [
        str(item)
        for row in rows
        for column, value in row.items()
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, str) or column.endswith(("_id", "_ids"))
    ]


def _seeds(
    incremental: dict[str, list[Row]],
    rebuilt: dict[str, list[Row]],
    key: str,
    names: dict[str, str],
) -> list[int]:
    scalars = _scalars(incremental.get(key, []) + rebuilt.get(key, []))
    return seeds_in(" ".join([*scalars, *(names.get(scalar, "") for scalar in scalars)]))


def _explain(rows: list[Row], names: dict[str, str]) -> str:
    known = {scalar: names[scalar] for scalar in _scalars(rows) if scalar in names}
    return ", ".join(f"{key} = {name}" for key, name in known.items())


def _show(rows: list[Row]) -> str:
    return "; ".join(json.dumps(row, ensure_ascii=False) for row in rows) or "(no row)"
