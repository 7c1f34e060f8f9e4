"""The tidy frame: sums, order of rows, batches, degenerate months, intervals, refusals."""

import random
from decimal import Decimal

import pandas as pd
import pytest

from omni_pipeline.attribution.inputs import InputError
from omni_pipeline.attribution.models import COLUMNS, attribute
from omni_pipeline.attribution.sets import channel_sets
from tests.unit.attribution import worlds
from tests.unit.attribution.worlds import Path

BASES = ["markov_1", "markov_2", "markov_3", "shapley", "shapley_rate"]
MODELS = [name + suffix for name in BASES for suffix in ("", "_revenue")]


def run(paths: list[Path], buckets: int = 1, min_support: float = 0) -> pd.DataFrame:
    steps = {order: worlds.transitions(paths, order) for order in (1, 2, 3)}
    return attribute(
        steps,
        worlds.channel_sets(paths),
        buckets=buckets,
        replicates=20,
        min_support=min_support,
    )


def column(frame: pd.DataFrame, model: str, name: str) -> dict[str, float]:
    rows = frame[frame["model"] == model]
    return dict(zip(rows["channel"], rows[name].tolist(), strict=True))


def test_conversions_and_kopecks_add_up_in_every_model() -> None:
    for seed in range(8):
        rng = random.Random(seed)
        paths = worlds.random_paths(rng, rng.randint(1, 5), 100, 5, signed=seed % 2 == 1)
        frame = run(paths, 5, min_support=rng.choice([0, 5, 30]))
        assert list(frame.columns) == COLUMNS
        assert list(dict.fromkeys(frame["model"])) == MODELS
        for _, rows in frame.groupby("model"):
            assert rows["revenue_kopecks"].sum() == sum(p.revenue for p in paths)
            assert rows["conversions"].sum() == pytest.approx(sum(p.converted for p in paths))
            assert rows["share"].sum() == pytest.approx(1)
            assert (rows["share"].dropna() >= 0).all()
            assert (rows["p5"].dropna() <= rows["p50"].dropna()).all()
            assert (rows["p50"].dropna() <= rows["p95"].dropna()).all()


def test_order_of_rows_and_batches_do_not_matter() -> None:
    paths = worlds.random_paths(random.Random(7), 4, 200, buckets=10)
    whole = run(paths, 10, min_support=20)
    steps = {order: worlds.transitions(paths, order) for order in (1, 2, 3)}
    sets = worlds.channel_sets(paths)
    keys = {order: list(frame.columns[: order + 2]) for order, frame in steps.items()}
    grouped = {
        order: frame.groupby(keys[order], dropna=False).sum().reset_index()
        for order, frame in steps.items()
    }
    sets["channels"] = sets["channels"].map(tuple)
    sets_grouped = sets.groupby(["bucket", "channels"]).sum().reset_index()
    halves = [sets.sample(frac=1, random_state=3), sets_grouped]
    for some, lists in (
        ({o: f.sample(frac=1, random_state=o) for o, f in steps.items()}, halves[0]),
        ({o: f.sample(frac=1, random_state=o) for o, f in grouped.items()}, halves[1]),
    ):
        again = attribute(some, lists, buckets=10, replicates=20, min_support=20)
        pd.testing.assert_frame_equal(again, whole, check_exact=True)


def test_a_seed_gives_the_same_intervals_and_another_one_others() -> None:
    sets = worlds.channel_sets(worlds.random_paths(random.Random(7), 4, 300, buckets=10))
    one, two, three = (attribute({}, sets, buckets=10, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert (one["share"].dropna() == three["share"].dropna()).all()
    assert (one["p5"].dropna() != three["p5"].dropna()).any()


def test_nothing_converted() -> None:
    frame = run([Path(("a", "b"), False, count=50), Path(("b",), False)])
    numbers = ["share", "effect", "conversions", "revenue_kopecks", "p5", "p95", "support"]
    assert (frame[numbers] == 0).all(axis=None)
    assert not frame["is_reliable"].any()
    assert column(frame, "markov_2", "paths") == {"a": 50, "b": 51}


def test_no_paths_at_all() -> None:
    frame = run([])
    assert frame.empty
    assert list(frame.columns) == COLUMNS


def test_one_channel_has_everything() -> None:
    paths = [Path(("Direct",) * 3, True, 101, count=40), Path(("Direct",), False, count=7)]
    frame = run(paths)
    assert (frame["share"] == 1).all()
    assert (frame["revenue_kopecks"] == 101).all()
    assert (frame[["p5", "p50", "p95"]] == 1).all(axis=None)
    assert frame["is_reliable"].all()


def test_a_channel_that_never_converts_has_nothing() -> None:
    paths = [Path(("a",), True, 500), Path(("b",), False, count=90), Path(("b", "a"), False)]
    frame = run(paths)
    for model in MODELS:
        rest = column(frame, model, "revenue_kopecks")
        assert rest["a"] + rest["b"] == 500
        assert column(frame, model, "support")["b"] == 0
    for model in ("markov_2", "markov_3", "shapley", "shapley_rate"):
        assert column(frame, model, "share") == pytest.approx({"a": 1, "b": 0})


def test_conversions_without_touches_have_their_own_row() -> None:
    frame = run([Path((), True, 300, count=3), Path(("a",), True, 50)])
    for model in MODELS:
        assert column(frame, model, "revenue_kopecks") == {"a": 50, "(unattributed)": 300}
        assert column(frame, model, "conversions") == {"a": 1, "(unattributed)": 3}
    assert frame.loc[frame["channel"] == "(unattributed)", "share"].isna().all()
    alone = run([Path((), True, 300)])
    assert set(alone["channel"]) == {"(unattributed)"}


def test_free_orders_fall_back_to_counting() -> None:
    frame = run([Path(("a",), True), Path(("b", "a"), True), Path(("b",), False)])
    for base in BASES:
        assert column(frame, base + "_revenue", "share") == column(frame, base, "share")


def test_refunds_above_sales_split_a_negative_total() -> None:
    frame = run([Path(("a",), True, -700), Path(("b", "a"), True, 200)])
    assert column(frame, "shapley_revenue", "share") == {"a": 1.0, "b": 0.0}
    for _, rows in frame.groupby("model"):
        assert rows["revenue_kopecks"].sum() == -500


def test_huge_counts() -> None:
    small = [Path(("a",), True, 3), Path(("b", "a"), True, 4), Path(("b",), False)]
    scale = 10**14
    large = [
        Path(p.touches, p.converted, p.revenue * 10**17 + 1 * p.converted, count=scale)
        for p in small
    ]
    one, other = run(small), run(large)
    assert other["share"].tolist() == pytest.approx(one["share"].tolist(), rel=1e-9)
    for _, rows in other.groupby("model"):
        assert sum(rows["revenue_kopecks"].tolist()) == 7 * 10**17 + 2


def test_rare_channels_are_merged_and_stay_visible() -> None:
    paths = [
        Path(("a",), True, 100, count=29),
        Path(("a", "rare"), True, 10),
        Path(("odd", "rare"), True, 10),
        Path(("odd",), False),
    ]
    frame = run(paths, min_support=30)
    assert set(frame["channel"]) == {"a", "(other)"}
    assert column(frame, "shapley", "conversions") == pytest.approx({"(other)": 1.5, "a": 29.5})
    merged = {"rare": "(other)", "odd": "(other)", "a": "a"}
    renamed = [
        Path(tuple(merged[t] for t in p.touches), p.converted, p.revenue, count=p.count)
        for p in paths
    ]
    assert column(frame, "markov_3", "effect") == column(run(renamed), "markov_3", "effect")


def test_a_single_rare_channel_keeps_its_name() -> None:
    frame = run([Path(("a",), True, 100, count=29), Path(("a", "rare"), True, 10)], min_support=30)
    assert set(frame["channel"]) == {"a", "rare"}
    assert column(frame, "shapley", "conversions") == pytest.approx({"rare": 0.5, "a": 29.5})
    assert column(frame, "markov_1", "is_reliable") == {"a": True, "rare": False}


def test_under_thirty_conversions_is_not_reliable() -> None:
    frame = run([Path(("a",), True, count=30), Path(("b",), True, count=29)])
    assert column(frame, "markov_1", "is_reliable") == {"a": True, "b": False}


def test_intervals_cover_the_estimate_and_shrink_with_data() -> None:
    rng = random.Random(11)
    few = worlds.random_paths(rng, 4, 400, buckets=50)
    many = [Path(p.touches, p.converted, p.revenue, rng.randrange(50)) for p in few * 9]
    width = []
    for paths in (few, many):
        frame = run(paths, 50).dropna()
        inside = (frame["p5"] <= frame["share"]) & (frame["share"] <= frame["p95"])
        assert inside.mean() > 0.9
        width.append((frame["p95"] - frame["p5"]).mean())
    assert width[1] < width[0] / 1.8


def test_bad_channel_sets_are_refused() -> None:
    good = worlds.channel_sets([Path(("a",), True, 5)])
    for change, message in (
        ({"channels": None}, "no list"),
        ({"channels": "a"}, "no list"),
        ({"channels": [["(conversion)"]]}, "may not be called"),
        ({"channels": [[""]]}, "may not be called"),
        ({"revenue_kopecks": 0.5}, "float"),
        ({"revenue_kopecks": Decimal("0.5")}, "whole"),
        ({"conversions": 0}, "without a conversion"),
        ({"conversions": 2}, "exceed"),
        ({"paths": float("nan")}, "null"),
        ({"bucket": 0.5}, "bucket"),
        ({"bucket": 1}, "bucket"),
    ):
        with pytest.raises(InputError, match=message):
            channel_sets(good.assign(**change), 1)
    with pytest.raises(InputError, match="missing"):
        channel_sets(good.drop(columns="paths"), 1)
    assert (
        channel_sets(
            good.assign(revenue_kopecks=pd.Series([Decimal(5)])), 1
        ).attributed.revenue_kopecks
        == 5
    )
