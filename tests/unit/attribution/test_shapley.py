"""Shapley values against the average over all orders of arrival."""

import random

import numpy as np
import pytest

from omni_pipeline.attribution import shapley
from omni_pipeline.attribution.sets import channel_sets
from omni_pipeline.attribution.shapley import closed_form, rate_games
from tests.unit.attribution import worlds
from tests.unit.attribution.worlds import Path


def test_closed_form_agrees_with_all_permutations() -> None:
    for seed in range(20):
        rng = random.Random(seed)
        paths = worlds.random_paths(rng, rng.randint(1, 5), rng.randint(1, 80), buckets=3)
        sets = channel_sets(worlds.channel_sets(paths), 3)
        for money, value in ((False, sets.conversions), (True, sets.revenue)):
            credit = closed_form(sets, value).sum(axis=1)
            got = dict(zip(sets.channels, credit.tolist(), strict=True))
            expected = worlds.closed_shapley(paths, money)
            assert got == pytest.approx(expected, rel=1e-12, abs=1e-9), (seed, money)


@pytest.mark.parametrize("min_support", [0, 4])
def test_the_conversion_rate_agrees_with_all_permutations(min_support: int) -> None:
    for seed in range(20):
        rng = random.Random(seed)
        paths = worlds.random_paths(rng, rng.randint(1, 5), rng.randint(1, 120), buckets=2)
        sets = channel_sets(worlds.channel_sets(paths), 2)
        games = rate_games(sets)
        for money, value in ((False, games.conversions), (True, games.revenue)):
            credit = games.credit(value, np.ones(2), min_support)
            got = dict(zip(games.channels, credit.tolist(), strict=True))
            expected = worlds.rate_shapley(paths, money, min_support)
            assert got == pytest.approx(expected, rel=1e-12, abs=1e-9), (seed, money)


def test_a_channel_that_spoils_a_pair_has_negative_credit() -> None:
    paths = [
        Path(("good",), True, count=8),
        Path(("good",), False, count=2),
        Path(("bad",), False, count=10),
        Path(("good", "bad"), True, count=2),
        Path(("good", "bad"), False, count=8),
    ]
    games = rate_games(channel_sets(worlds.channel_sets(paths), 1))
    credit = games.credit(games.conversions, np.ones(1), 0)
    # The pair is worth 0.2: bad (0.2 - 0.8) / 2 = -0.3, good 0.5, ten paths; good alone has 8.
    assert credit == pytest.approx([-3.0, 13.0])


def test_long_sets_keep_their_best_supported_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapley, "MAX_PLAYERS", 3)
    names = ("zeta", "yota", "beta", "alpha")
    paths = [
        Path(names, True, 700, count=5),
        Path(("zeta", "yota"), False, count=9),
        Path(("zeta", "beta"), True, 50, count=1),
    ]
    games = rate_games(channel_sets(worlds.channel_sets(paths), 1))
    merged = [
        Path(("zeta", "yota", "(other)"), True, 700, count=5),
        *paths[1:],
    ]
    expected = {**dict.fromkeys(names, 0.0), **worlds.rate_shapley(merged, False, 0)}
    credit = games.credit(games.conversions, np.ones(1), 0)
    assert dict(zip(games.channels, credit.tolist(), strict=True)) == pytest.approx(expected)
    assert credit.sum() == pytest.approx(6)


def test_credits_add_up_under_any_weights() -> None:
    paths = worlds.random_paths(random.Random(4), 11, 400, buckets=20)
    sets = channel_sets(worlds.channel_sets(paths), 20)
    games, weights = rate_games(sets), np.random.default_rng(1).random(20)
    total = (sets.conversions @ weights).sum()
    assert games.credit(games.conversions, weights, 30).sum() == pytest.approx(total)
    assert (closed_form(sets, sets.conversions) @ weights).sum() == pytest.approx(total)


def test_many_coalitions_shorten_the_longest_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = channel_sets(worlds.channel_sets([Path(tuple("abcde"), True), Path(("a",), True)]), 1)
    assert rate_games(sets).channels == ("a", "b", "c", "d", "e")
    monkeypatch.setattr(shapley, "MAX_COALITIONS", 2**4 + 2)
    games = rate_games(sets)
    assert games.members.sum(axis=1).tolist() == [1, 4]
    assert games.credit(games.conversions, np.ones(1), 0).sum() == pytest.approx(2)
