"""Every look-up of an hour meets an index: none reads an input whole for a key.

A column that staging computes (`nullif(order_id, 0)`) has no index although its raw column has one,
and each key of an hour then reads the whole table: right, and slower with every month. The
warehouse is empty, so no plan depends on how many rows there are: whole reads are forbidden, and
what the planner must filter instead of looking up has no index.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest

from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.scopes import JOURNEY_SCOPE

Told = Mapping[str, Any]  # of a manifest or a plan
ONE_COLUMN = re.compile(r"^\w+$")
OF_RELATION = re.compile(r"\b([a-z]\w*)\.\w+")
FORBIDDEN = ("seqscan", "hashjoin", "mergejoin", "bitmapscan", "material")


@pytest.fixture(scope="module")
def empty(server_url: str, template_database: str) -> Iterator[Replay]:
    with replaying(server_url, template_database, JOURNEY_SCOPE) as replay:
        replay.set_bound()
        replay.build()
        yield replay


def listed(told: Any) -> list[Any]:
    return [told] if isinstance(told, str | Mapping) else list(told)


def lookups(node: Told, nodes: Mapping[str, Told]) -> Iterator[tuple[str, list[str]]]:
    """Relations and the expressions (over `entry`) by which an hour finds their rows."""
    config = node["config"]
    for name, told in config["follows"].items():
        ways = listed(told)
        if not isinstance(ways[0], Mapping):
            ways = [{"by": dict(zip(listed(config["key"]), ways, strict=True))}]
        for way in ways:
            if "by" in way:
                yield nodes[name]["relation_name"], list(way["by"].values())
            elif isinstance(way.get("on"), Mapping):
                yield nodes[name]["relation_name"], list(way["on"])
                yield nodes[way["through"]]["relation_name"], list(way["on"].values())


def scans(plan: Told) -> Iterator[Told]:
    yield plan
    for part in plan.get("Plans", []):
        yield from scans(part)


def read_whole(
    connection: psycopg.Connection[Any], relation: str, expressions: list[str]
) -> set[str]:
    """Tables that a look-up by these expressions filters row by row."""
    entry = [f"entry.{e}" if ONE_COLUMN.match(e) else f"({e})" for e in expressions]
    columns = ", ".join(f"{e} as asked_{i}" for i, e in enumerate(entry))
    same = " and ".join(f"{e} = via.asked_{i}" for i, e in enumerate(entry))
    run = connection.execute
    run("drop table if exists asked")
    run(f"create temporary table asked as select {columns} from {relation} as entry limit 0")
    found = run(
        "explain (format json, verbose) select entry.* from asked as via cross join lateral"
        f" (select * from {relation} as entry where {same} offset 0) as entry"
    ).fetchone()
    assert found is not None
    return {
        scan["Relation Name"]
        for scan in scans(found[0][0]["Plan"])
        if "Relation Name" in scan and "asked_" in str(scan.get("Filter", "")) and not _others(scan)
    }


def _others(scan: Told) -> set[str]:
    """The relations whose rows an index is asked by: the keys, or what is joined to them."""
    return set(OF_RELATION.findall(str(scan.get("Index Cond", "")))) - {scan["Alias"]}


def test_every_look_up_meets_an_index(empty: Replay) -> None:
    manifest = json.loads((empty.project.folder / "target" / "manifest.json").read_text())
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    tables = [n for n in nodes.values() if n["config"].get("materialized") == "keyed"]
    # Which of its tables the planner asks first is a matter of rows.
    joined = {
        n["relation_name"]
        for n in nodes.values()
        if n["config"].get("materialized") == "view" and n["schema"] != "staging"
    }
    asked = {
        (relation, *expressions)
        for node in tables
        for relation, expressions in lookups(node, nodes)
        if "{{" not in "".join(expressions) and relation not in joined
    }
    assert len(asked) > 100
    with psycopg.connect(empty.url) as connection:
        for name in FORBIDDEN:
            connection.execute(f"set enable_{name} = off")
        faults = {
            f"{relation} by {', '.join(expressions)}: no index of {table}"
            for relation, *expressions in sorted(asked)
            for table in read_whole(connection, relation, expressions)
        }
    assert not faults, "\n".join(sorted(faults))
