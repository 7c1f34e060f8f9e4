"""Kopecks split exactly, shares that sum to one."""

import random
from fractions import Fraction

import numpy as np
import pytest

from omni_pipeline.attribution.allocation import shares, split


def test_every_kopeck_is_given_out_once() -> None:
    rng = random.Random(1)
    for _ in range(500):
        parts = [rng.choice([0.0, rng.random(), 10 ** rng.uniform(-12, 12)]) for _ in range(9)]
        parts[rng.randrange(9)] = 1.0
        total = rng.choice([0, 1, -1, 7, rng.randint(-(10**18), 10**18), 9 * 10**18])
        given = split(total, parts)
        assert sum(given) == total
        whole = sum(map(Fraction, parts))
        for part, kopecks in zip(parts, given, strict=True):
            assert abs(kopecks - total * Fraction(part) / whole) < 1


def test_equal_remainders_go_to_the_earlier() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split(5, [0.0, 1.0]) == [0, 5]


def test_nothing_cannot_be_split_by_nothing() -> None:
    assert split(0, [0.0, 0.0]) == [0, 0]
    assert split(0, []) == []
    for parts in ([0.0, 0.0], [], [2.0, -1.0]):
        with pytest.raises(ValueError, match="not positive"):
            split(1, parts)


def test_shares_are_floored_and_normalised() -> None:
    effects = np.array([[-1.0, 1.0, 3.0], [0.0, -2.0, 0.0]])
    assert shares(effects).tolist() == [[0, 0.25, 0.75], [0, 0, 0]]
    assert shares(effects, np.array([1.0, 0.0, 0.0])).tolist() == [[0, 0.25, 0.75], [1, 0, 0]]
