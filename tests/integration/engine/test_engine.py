"""The engine by itself: tables of every kind stay equal to their plain SELECT, hour after hour."""

import os
from pathlib import Path
from random import Random

import pytest

from tests.integration.engine.chain import TABLES, Chain

ROUNDS = int(os.environ.get("OMNI_REPLAY_ROUNDS", "1"))


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
