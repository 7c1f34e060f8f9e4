"""Markov removal effects: published examples, a slow walk of the chain, large and sparse chains."""

import random

import numpy as np
import pandas as pd
import pytest

from omni_pipeline.attribution import markov
from omni_pipeline.attribution.bootstrap import bucket_weights
from omni_pipeline.attribution.chain import Chain, chain
from omni_pipeline.attribution.inputs import InputError
from omni_pipeline.attribution.markov import removal_effects, resampled_effects
from omni_pipeline.attribution.sets import channel_sets
from tests.unit.attribution import worlds
from tests.unit.attribution.worlds import Path


def build(paths: list[Path], order: int, buckets: int = 1) -> Chain:
    sets = channel_sets(worlds.channel_sets(paths), buckets)
    return chain(worlds.transitions(paths, order), order, sets)


def effects(paths: list[Path], order: int, buckets: int = 1) -> dict[str, float]:
    built = build(paths, order, buckets)
    return dict(zip(built.channels, removal_effects(built).conversions.tolist(), strict=True))


def test_three_channels_worked_by_hand_in_public() -> None:
    # Sergey Bryl', "Marketing Multi-Channel Attribution model with R (part 1)", analyzecore.com,
    # 2016: removal effects 0.5, 1, 1 and so the weights 0.2, 0.4, 0.4.
    paths = [Path(("C1", "C2", "C3"), True), Path(("C1",), False), Path(("C2", "C3"), False)]
    assert effects(paths, 1) == pytest.approx({"C1": 0.5, "C2": 1.0, "C3": 1.0})


def test_two_channels_worked_by_hand_in_public() -> None:
    # Serhii Puzyrov, "Markov Chain Attribution - Simple Explanation Of Removal Effect", 2019:
    # the chain converts 0.8 of the starts, 0.2 without ads, 0.4 without mailing.
    paths = [
        Path(("ads",), True, count=2),
        Path(("mailing",), True),
        Path(("ads", "mailing"), True),
        Path(("ads",), False),
    ]
    assert effects(paths, 1) == pytest.approx({"ads": 0.75, "mailing": 0.5})


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("sparse", [False, True])
def test_agrees_with_walking_the_chain(
    order: int, sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markov, "DENSE_STATES", 0 if sparse else 10_000)
    for seed in range(16):
        rng = random.Random(seed)
        paths = worlds.random_paths(rng, rng.randint(1, 5), rng.randint(1, 80))
        if not any(path.touches for path in paths):
            continue
        built = build(paths, order)
        found = removal_effects(built)
        for at, channel in enumerate(built.channels):
            for money, got in ((False, found.conversions[at]), (True, found.revenue[at])):
                expected = worlds.removal_effect(paths, order, money, channel)
                assert got == pytest.approx(expected, abs=1e-9), (seed, channel, money)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_whole_chain_converts_as_often_as_the_paths(order: int) -> None:
    paths = [p for p in worlds.random_paths(random.Random(5), 6, 500) if p.touches]
    whole, _ = markov._dense(build(paths, order), np.ones((1, 1)))
    expected = [sum(p.converted for p in paths), sum(p.revenue for p in paths)]
    assert whole[0] * len(paths) == pytest.approx(expected, rel=1e-12)


def test_immediate_repeats_change_nothing_at_order_one() -> None:
    paths = worlds.random_paths(random.Random(3), 4, 200)
    doubled = [
        Path(tuple(t for t in p.touches for _ in range(2)), p.converted, p.revenue) for p in paths
    ]
    assert effects(paths, 1) == pytest.approx(effects(doubled, 1), abs=1e-12)


@pytest.mark.parametrize("sparse", [False, True])
def test_hardly_ever_leaving_is_still_solved(sparse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markov, "DENSE_STATES", 0 if sparse else 10_000)
    long = Path(("a", "b") * 500, True)
    assert effects([long, Path(("b",), True), Path(("c",), False)], 2) == pytest.approx(
        {"a": 0.5, "b": 1.0, "c": 0.0}, abs=1e-9
    )


def test_small_chains_are_solved_anew_for_each_replicate() -> None:
    paths = worlds.random_paths(random.Random(8), 4, 300, buckets=10)
    weights = bucket_weights(10, 5, seed=1)
    _, replicated = resampled_effects(build(paths, 2, 10), weights)
    for row, got in zip(weights, replicated.conversions, strict=True):
        drawn = [p for p in paths for _ in range(int(row[p.bucket]))]
        again = effects(drawn, 2, buckets=10)
        expected = [again.get(channel, 0.0) for channel in ("c0", "c1", "c2", "c3")]
        assert got == pytest.approx(expected, abs=1e-9)


def test_large_chains_have_nearly_the_same_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = worlds.random_paths(random.Random(9), 5, 6_000, buckets=100)
    built, weights = build(paths, 2, 100), bucket_weights(100, 200, seed=1)
    assert built.states <= markov.RESOLVED_STATES
    _, exact = resampled_effects(built, weights)
    monkeypatch.setattr(markov, "RESOLVED_STATES", 0)
    _, linear = resampled_effects(built, weights)
    for one, other in ((exact.conversions, linear.conversions), (exact.revenue, linear.revenue)):
        spread = one.std(axis=0)
        assert (np.abs(one - other).max(axis=0) < 0.3 * spread).all()
        assert (np.abs(other.std(axis=0) / spread - 1) < 0.05).all()


def test_steps_that_are_no_whole_paths_are_refused() -> None:
    paths = [Path(("a", "b"), True, 100), Path(("b",), False)]
    steps, sets = worlds.transitions(paths, 1), channel_sets(worlds.channel_sets(paths), 1)

    def changed(row: int, **values: object) -> pd.DataFrame:
        return steps.astype(object).assign(
            **{
                name: pd.Series([value if i == row else old for i, old in enumerate(steps[name])])
                for name, value in values.items()
            }
        )

    for frame, message in (
        (steps.drop(columns="from_1"), "missing"),
        (changed(1, transitions=2), "different number of times"),
        (changed(2, to_state="(null)", revenue_kopecks=0), "conversions of transitions"),
        (changed(2, revenue_kopecks=99), "revenue_kopecks of transitions"),
        (changed(0, revenue_kopecks=1), "no conversion"),
        (changed(1, to_state="zzz"), "no channel set contains"),
        (changed(1, to_state=None), "to_state is null"),
        (changed(1, transitions=-1), "negative"),
        (changed(1, transitions="x"), "not numeric"),
        (changed(0, bucket=1), "outside 0"),
    ):
        with pytest.raises(InputError, match=message):
            chain(frame, 1, sets)


def test_a_path_without_an_end_is_refused() -> None:
    paths = [Path(("a", "b"), True), Path(("a",), True)]
    steps, sets = worlds.transitions(paths, 2), channel_sets(worlds.channel_sets(paths), 1)
    steps.loc[2, ["from_1", "from_2"]] = ["b", "b"]
    with pytest.raises(InputError, match="never left"):
        chain(steps, 2, sets)
    steps.loc[2, ["from_1", "from_2"]] = [None, "a"]
    with pytest.raises(InputError, match="only pads the start"):
        chain(steps, 2, sets)
