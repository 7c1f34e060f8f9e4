"""Journeys taken apart: every step and every set that they hold, and nothing else."""

import random

import pandas as pd
import pytest

from omni_pipeline.attribution.inputs import InputError
from omni_pipeline.attribution.journeys import JOURNEYS, sets_of, transitions_of
from tests.unit.attribution import worlds
from tests.unit.attribution.worlds import Path

AMOUNTS = {"transitions", "paths", "conversions", "revenue_kopecks"}


def frame_of(paths: list[Path]) -> pd.DataFrame:
    rows = [(p.bucket, list(p.touches), p.converted, p.count, p.revenue) for p in paths]
    return pd.DataFrame(rows, columns=JOURNEYS)


def summed(frame: pd.DataFrame) -> dict[tuple[object, ...], tuple[int, ...]]:
    """Sums by key; lists and sets of channels are one key, a missing channel is None."""
    found: dict[tuple[object, ...], tuple[int, ...]] = {}
    keys = [name for name in frame.columns if name not in AMOUNTS]
    for row in frame.to_dict("records"):
        values = (row[name] for name in keys)
        key = tuple(
            frozenset(v) if isinstance(v, list | frozenset) else None if pd.isna(v) else v
            for v in values
        )
        amounts = [int(row[name]) for name in sorted(AMOUNTS & set(row))]
        found[key] = tuple(map(sum, zip(found.get(key, [0] * len(amounts)), amounts, strict=True)))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_steps_and_sets_are_those_of_the_paths(seed: int) -> None:
    paths = worlds.random_paths(random.Random(seed), 5, 300, buckets=7, signed=True)
    paths += [Path(("c0", "c0"), True, -5, 3, count=4), Path((), True, 2**55, 6)]
    journeys = frame_of(paths)
    found = transitions_of(journeys)
    for order in (1, 2, 3):
        assert summed(found[order]) == summed(worlds.transitions(paths, order))
        keys = found[order].columns.difference(list(AMOUNTS))
        assert not found[order].duplicated(list(keys)).any()
    sets = sets_of(journeys)
    assert summed(sets) == summed(worlds.channel_sets(paths))
    assert not sets.duplicated(["bucket", "channels"]).any()


def test_journeys_without_any_touch_are_one_step() -> None:
    found = transitions_of(frame_of([Path((), True, 7, 1, count=2)]))
    for order in (1, 2, 3):
        lags = {f"from_{lag}": None for lag in range(1, order + 1)}
        (row,) = found[order].astype("object").where(found[order].notna(), None).to_dict("records")
        assert row == {
            "bucket": 1, **lags, "to_state": "(conversion)", "transitions": 2, "revenue_kopecks": 7,
        } | {"from_1": None}  # fmt: skip


def test_a_channel_may_not_be_called_like_an_end() -> None:
    with pytest.raises(InputError, match=r"\(null\)"):
        transitions_of(frame_of([Path(("a", "(null)"), True, 1)]))
