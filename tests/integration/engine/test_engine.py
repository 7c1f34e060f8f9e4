"""The engine by itself: tables of every kind stay equal to their plain SELECT, hour after hour."""

import os
from pathlib import Path
from random import Random

import pytest

from tests.integration.engine.chain import TABLES, Chain

ROUNDS = int(os.environ.get("OMNI_REPLAY_ROUNDS", "1"))
NUMBERED = "select visit_id, person_id, number from intermediate.numbered_visits order by visit_id"
UPDATES_ALONE = """
create function refuse() returns trigger language plpgsql as
$$ begin raise exception '% of a row that stands', tg_op; end $$;
create trigger updates_alone before insert or delete on intermediate.numbered_visits
for each row execute function refuse()
"""


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_random_histories_equal_a_rebuild(
    empty_database_url: str, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    chain = Chain(empty_database_url, tmp_path, random)
    chain.change(150)
    chain.hour()
    assert chain.differences() == {}
    first = chain.made()
    for _ in range(8):
        for _ in range(random.randint(0, 2)):
            chain.change(random.randint(0, 25))
            chain.broken_hour()
        chain.change(random.choice([0, 1, 20, 60]))
        chain.hour()
        assert chain.differences() == {}
    assert chain.made() == first, "an hour made a table whole"
    chain.weigh(7)
    chain.change(10)
    chain.hour()
    assert chain.differences() == {}
    remade = {name for name, at in chain.made().items() if at != first[name]}
    assert remade == set(TABLES), "all of them stand on the rule"


@pytest.fixture
def three_visits(empty_database_url: str, tmp_path: Path) -> Chain:
    """Two visits of one person and one of another, numbered."""
    chain = Chain(empty_database_url, tmp_path, Random(0))
    for visit, person, at in [(1, 1, 10), (2, 1, 20), (3, 2, 5)]:
        chain.put("visit", visit, person_id=person, at=at)
    chain.hour()
    assert numbered(chain) == [(1, 1, 1), (2, 1, 2), (3, 2, 1)]
    return chain


def numbered(chain: Chain) -> list[tuple[int, ...]]:
    with chain.connect() as connection:
        return connection.execute(NUMBERED).fetchall()


def test_a_row_that_changes_is_updated_in_its_place(three_visits: Chain) -> None:
    chain = three_visits
    with chain.connect() as connection:
        connection.execute(UPDATES_ALONE)
    chain.put("visit", 1, person_id=1, at=30)
    chain.hour()
    assert numbered(chain) == [(1, 1, 2), (2, 1, 1), (3, 2, 1)], "two rows of a key swap values"
    chain.put("visit", 3, person_id=1, at=25)
    chain.hour()
    assert numbered(chain) == [(1, 1, 3), (2, 1, 1), (3, 1, 2)], "a row moves to another key"
    chain.put("visit", 2, person_id=2, at=25)
    chain.put("visit", 3, person_id=2, at=20)
    chain.hour()
    assert numbered(chain) == [(1, 1, 1), (2, 2, 2), (3, 2, 1)], "two move and swap"
    assert chain.differences() == {}


def test_rows_come_and_go_beside_those_that_change(three_visits: Chain) -> None:
    chain = three_visits
    chain.put("visit", 2, person_id=None)
    chain.put("visit", 4, person_id=1, at=5)
    chain.hour()
    assert numbered(chain) == [(1, 1, 2), (3, 2, 1), (4, 1, 1)]
    assert chain.differences() == {}


def test_a_row_that_stands_for_another_key_is_not_overwritten(three_visits: Chain) -> None:
    chain = three_visits
    with chain.connect() as connection:
        connection.execute("insert into intermediate.numbered_visits values (4, 7, 1)")
    chain.put("visit", 4, person_id=1, at=40)
    with pytest.raises(AssertionError, match="duplicate key"):
        chain.hour()
    assert (4, 7, 1) in numbered(chain)
