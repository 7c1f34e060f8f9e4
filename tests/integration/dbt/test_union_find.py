"""The union-find function of macros/identity_union_find.sql, on a real PostgreSQL.

Labels are compared with scipy's connected components, and the merge log with scipy's minimum
spanning forest over arrival numbers: the edges that join two components on arrival are exactly
that forest. The macro is rendered as dbt renders it and created in the session's temporary schema.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import psycopg
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

MACRO = Path(__file__).resolve().parents[3] / "dbt_project" / "macros" / "identity_union_find.sql"
Edges = Sequence[tuple[int, int]]
# loser -> (winner, edge number, root)
Unions = dict[int, tuple[int, int, int]]


@pytest.fixture(scope="module")
def session(server_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose temporary schema holds the function."""
    module: Any = jinja2.Template(MACRO.read_text()).module
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(module.create_identity_union_find("pg_temp"))
        yield connection


def unions_of(session: psycopg.Connection[Any], nodes: int, edges: Edges) -> Unions:
    """Run the function on edges in arrival order; fails if a node loses twice."""
    a = [int(x) for x, _ in edges]
    b = [int(y) for _, y in edges]
    rows = session.execute(
        "select loser, winner, edge_no, root"
        " from pg_temp.identity_union_find(%s::int[], %s::int[], %s)",
        (a, b, nodes),
    ).fetchall()
    assert len({loser for loser, *_ in rows}) == len(rows)
    return {loser: (winner, edge_no, root) for loser, winner, edge_no, root in rows}


def expected_labels(nodes: int, edges: Edges) -> list[int]:
    """The smallest node of each node's component, by scipy; nodes count from 1."""
    if not edges:
        return list(range(1, nodes + 1))
    ends = np.array(edges) - 1
    graph = coo_array((np.ones(len(edges)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    _, labels = connected_components(graph, directed=False)
    smallest = np.full(labels.max() + 1, nodes)
    np.minimum.at(smallest, labels, np.arange(nodes))
    return [int(smallest[label]) + 1 for label in labels]


def expected_forest(nodes: int, edges: Edges) -> set[int]:
    """Numbers of the edges that joined two components on arrival, by scipy's spanning forest."""
    first: dict[tuple[int, int], int] = {}
    for number, (x, y) in enumerate(edges, start=1):
        if x != y:
            first.setdefault((min(x, y), max(x, y)), number)
    ends = np.array(list(first)) - 1
    weights = np.array(list(first.values()), dtype=float)
    graph = coo_array((weights, (ends[:, 0], ends[:, 1])), shape=(nodes, nodes)).tocsr()
    return {int(weight) for weight in minimum_spanning_tree(graph).data}


def check(session: psycopg.Connection[Any], nodes: int, edges: Edges) -> Unions:
    """Compare labels and merge log with the oracles."""
    unions = unions_of(session, nodes, edges)
    labels = [unions[n][2] if n in unions else n for n in range(1, nodes + 1)]
    assert labels == expected_labels(nodes, edges)
    assert all(winner < loser for loser, (winner, _, _) in unions.items())
    numbers = [edge_no for _, edge_no, _ in unions.values()]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) == (expected_forest(nodes, edges) if edges else set())
    return unions


@pytest.mark.parametrize("density", [0.3, 0.5, 0.7, 1.5])
@pytest.mark.parametrize("seed", range(5))
def test_random_graphs_match_scipy(
    session: psycopg.Connection[Any], seed: int, density: float
) -> None:
    generator = np.random.default_rng([seed, int(density * 10)])
    nodes = int(generator.integers(2, 3_000))
    ends = generator.integers(1, nodes + 1, size=(max(1, int(nodes * density)), 2))
    print(f"seed {seed}, density {density}: {nodes} nodes, {len(ends)} edges")
    check(session, nodes, [(int(x), int(y)) for x, y in ends])


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
@pytest.mark.parametrize("backwards", [False, True])
def test_chain_of_5000(session: psycopg.Connection[Any], order: str, backwards: bool) -> None:
    """A long chain is the worst case of hop-by-hop propagation, whichever end arrives first."""
    ids = np.arange(1, 5_001)
    if order == "descending":
        ids = ids[::-1]
    elif order == "shuffled":
        ids = np.random.default_rng(7).permutation(ids)
    edges = [(int(x), int(y)) for x, y in pairwise(ids)]
    unions = check(session, 5_000, edges[::-1] if backwards else edges)
    assert {root for _, _, root in unions.values()} == {1}
    assert len(unions) == 4_999


@pytest.mark.parametrize("hub", [1, 10_000, 20_000])
def test_star_of_20000(session: psycopg.Connection[Any], hub: int) -> None:
    edges = [(hub, leaf) for leaf in range(20_000, 0, -1) if leaf != hub]
    unions = check(session, 20_000, edges)
    assert len(unions) == 19_999


def test_the_smaller_root_wins_at_each_merge(session: psycopg.Connection[Any]) -> None:
    """Two couples form, then one edge between their younger halves joins them."""
    unions = unions_of(session, 5, [(1, 4), (3, 2), (4, 3)])
    assert unions == {4: (1, 1, 1), 3: (2, 2, 1), 2: (1, 3, 1)}


def test_arrival_order_decides_which_edge_is_logged(session: psycopg.Connection[Any]) -> None:
    """Of a cycle's edges the last to arrive merges nobody; repeats and loops are no merges."""
    unions = unions_of(session, 3, [(2, 3), (3, 2), (3, 3), (1, 3), (1, 2)])
    assert {edge_no for _, edge_no, _ in unions.values()} == {1, 4}
    assert unions[2] == (1, 4, 1)


@pytest.mark.parametrize("nodes", [0, 1, 4])
def test_no_edges(session: psycopg.Connection[Any], nodes: int) -> None:
    assert unions_of(session, nodes, []) == {}
    null = session.execute(
        "select count(*) from pg_temp.identity_union_find(null, null, %s)", (nodes,)
    ).fetchone()
    assert null == (0,)
