"""The log of the nodes: numbers they looked up or gave, which the links follow.

Runs are broken off before the links, so that these find several runs in the log; they must be those
of a rebuild all the same, and nothing is counted twice.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.replay.identifiers import number, phone
from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.worlds import Landing

SEED = 70_050
LOGGED = "select id_type, id_value, node_id from intermediate.int_identity__nodes__changes"
NODES = "select id_type, id_value, node_id from intermediate.int_identity__nodes"
EDGES = "select a_id, b_id from intermediate.int_identity__edges"


def contacts(*phones_of: tuple[int, int, int]) -> Landing:
    """Contacts by their number, each with two phones: one of another contact makes them one."""
    return Landing(
        "raw_crm.contact",
        [
            {
                "id": number(SEED, n),
                "phone": [{"VALUE": phone(SEED, one)}, {"VALUE": phone(SEED, other)}],
                "date_create": "2026-03-01T10:00:00+03:00",
            }
            for n, one, other in phones_of
        ],
    )


def rows(replay: Replay, query: str) -> set[tuple[Any, ...]]:
    with psycopg.connect(replay.url) as connection:
        return set(connection.execute(query))


def seen(*identifiers: tuple[str, object]) -> set[tuple[str, str]]:
    return {(id_type, str(value)) for id_type, value in identifiers}


def run_until_nodes(replay: Replay) -> None:
    """A run that ends when the nodes are written."""
    wanted = replay.models.index("int_identity__nodes") + 1
    last = replay.build_only_first((wanted + 0.5) / len(replay.models))
    assert last == "int_identity__nodes"


@pytest.fixture
def replay(server_url: str, template_database: str) -> Iterator[Replay]:
    with replaying(server_url, template_database) as running:
        yield running


def test_links_follow_the_numbers_of_every_run(replay: Replay) -> None:
    replay.land([contacts((1, 1, 2), (2, 3, 4), (3, 5, 6))])
    replay.set_bound()
    replay.build()
    assert rows(replay, LOGGED) == set(), "a rebuild logs nothing"

    # Broken off between nodes and links, twice, and then more arrives.
    links = rows(replay, EDGES)
    replay.land([contacts((4, 2, 7))])
    replay.set_bound()
    run_until_nodes(replay)
    logged = rows(replay, LOGGED)
    fourth = ("CONTACT", number(SEED, 4)), ("PHONE", phone(SEED, 2)), ("PHONE", phone(SEED, 7))
    assert {row[:2] for row in logged} == seen(*fourth), "known and new identifiers"
    assert logged <= rows(replay, NODES), "with their numbers"
    run_until_nodes(replay)
    assert rows(replay, LOGGED) == logged, "all of them are counted"
    assert rows(replay, EDGES) == links
    replay.land([contacts((5, 7, 3), (6, 8, 9))])
    replay.set_bound()
    run_until_nodes(replay)
    assert len(rows(replay, LOGGED)) == 8, "of both runs, one of them twice"
    replay.build()
    assert rows(replay, LOGGED) == set(), "the links have followed"
    assert not (found := replay.differences_to_rebuild()), "\n".join(found)
