"""The entry: every data-driven model over one set of aggregates, as one tidy frame.

`attribute` returns one row per model and channel:
  model            markov_1 … markov_3, shapley, shapley_rate, and each with `_revenue`, which
                   weighs paths by their revenue instead of counting conversions
  channel          or '(other)' for the rare ones merged, or '(unattributed)'
  share            credit of the channel, not negative; sums to 1 over the channels of a model,
                   0 throughout when nothing converted; null for '(unattributed)'
  effect           what the share was made from: removal effect (Markov), Shapley value over the
                   total (Shapley). Signed; a negative one is floored to the share 0
  conversions      share of the conversions that have touches; for '(unattributed)' the others
  revenue_kopecks  share of their revenue, whole kopecks: the column sums to the revenue exactly
  p5, p50, p95     quantiles of the share over resampled customers; null for '(unattributed)'
  paths            paths that contain the channel, converted or not
  support          converted paths among them
  is_reliable      support >= 30

Association, not lift: shares describe the paths that were seen, not what a budget would change.

When a month has conversions and no positive revenue effect (free orders, all refunded), a
`_revenue` model has the shares of the model it varies, so that its conversions still add up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from omni_pipeline.attribution.allocation import shares, split
from omni_pipeline.attribution.bootstrap import bucket_weights, interval
from omni_pipeline.attribution.chain import chain
from omni_pipeline.attribution.inputs import UNATTRIBUTED, Floats
from omni_pipeline.attribution.markov import resampled_effects
from omni_pipeline.attribution.sets import ChannelSets, channel_sets
from omni_pipeline.attribution.shapley import closed_form, rate_games

COLUMNS = [
    "model",
    "channel",
    "share",
    "effect",
    "conversions",
    "revenue_kopecks",
    "p5",
    "p50",
    "p95",
    "paths",
    "support",
    "is_reliable",
]
RELIABLE_CONVERSIONS = 30
MIN_SUPPORT = 30
REPLICATES = 200


@dataclass(frozen=True)
class Estimate:
    """Effects of the channels, and the same in each replicate (replicates x channels)."""

    effect: Floats
    replicated: Floats


@dataclass(frozen=True)
class Model:
    """One model counting conversions and weighing revenue, and what its channels stand on."""

    name: str
    channels: tuple[str, ...]
    paths: Floats
    support: Floats
    counted: Estimate
    paid: Estimate


def attribute(
    transitions: Mapping[int, pd.DataFrame],
    sets: pd.DataFrame,
    *,
    buckets: int = 200,
    replicates: int = REPLICATES,
    seed: int = 1,
    min_support: float = MIN_SUPPORT,
) -> pd.DataFrame:
    """Run Markov for each order in `transitions` and Shapley; frames as in `inputs.py`.

    `min_support` paths make a channel one of its own rather than '(other)', and a coalition's
    own rate known. The result depends on sums by key alone, not on the order or split of rows;
    equal input and seed give equal output. Raises InputError when the tables contradict
    themselves or each other.
    """
    read = channel_sets(sets, buckets, min_support)
    weights = bucket_weights(buckets, replicates, seed)
    rows: list[dict[str, object]] = []
    for model in (*_markov(transitions, read, weights), *_shapley(read, weights, min_support)):
        plain, replicated = shares(model.counted.effect), shares(model.counted.replicated)
        rows += _rows(model, "", read, model.counted.effect, plain, replicated)
        rich, replicated = (
            shares(model.paid.effect, plain),
            shares(model.paid.replicated, replicated),
        )
        rows += _rows(model, "_revenue", read, model.paid.effect, rich, replicated)
    types = dict.fromkeys(COLUMNS, "float64") | {
        "model": "str",
        "channel": "str",
        "revenue_kopecks": "int64",
        "is_reliable": "bool",
    }
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["is_reliable"] = frame["support"].astype(float) >= RELIABLE_CONVERSIONS
    return frame.astype(types)


def _markov(
    transitions: Mapping[int, pd.DataFrame], sets: ChannelSets, weights: Floats
) -> Iterator[Model]:
    paths, support = _support(sets.members, sets.paths, sets.conversions)
    for order in sorted(transitions):
        walked = chain(transitions[order], order, sets)
        whole, again = resampled_effects(walked, weights)
        yield Model(
            f"markov_{order}",
            sets.channels,
            paths,
            support,
            Estimate(whole.conversions, again.conversions),
            Estimate(whole.revenue, again.revenue),
        )


def _shapley(sets: ChannelSets, weights: Floats, min_support: float) -> Iterator[Model]:
    once = np.ones((1, sets.buckets))

    def closed(value: Any) -> Estimate:
        credit = closed_form(sets, value)
        return Estimate(_of_total(credit.sum(axis=1)), _of_total(weights @ credit.T))

    paths, support = _support(sets.members, sets.paths, sets.conversions)
    counted, paid = closed(sets.conversions), closed(sets.revenue)
    yield Model("shapley", sets.channels, paths, support, counted, paid)
    games = rate_games(sets)

    def rated(value: Any) -> Estimate:
        credit = np.array([games.credit(value, row, min_support) for row in (*once, *weights)])
        return Estimate(_of_total(credit[0]), _of_total(credit[1:]))

    paths, support = _support(games.members, games.paths, games.conversions)
    counted, paid = rated(games.conversions), rated(games.revenue)
    yield Model("shapley_rate", games.channels, paths, support, counted, paid)


def _support(members: Floats, paths: Any, conversions: Any) -> tuple[Floats, Floats]:
    return members.T @ paths.sum(axis=1), members.T @ conversions.sum(axis=1)


def _of_total(credit: Floats) -> Floats:
    total = credit.sum(axis=-1, keepdims=True)
    return np.where(total != 0, credit / np.where(total != 0, total, 1.0), 0.0)


def _rows(
    model: Model, suffix: str, sets: ChannelSets, effect: Floats, share: Floats, replicated: Floats
) -> list[dict[str, object]]:
    known, rest = sets.attributed, sets.unattributed
    money = split(known.revenue_kopecks, share.tolist())
    between = interval(replicated)
    rows: list[dict[str, object]] = [
        {
            "channel": channel,
            "share": share[i],
            "effect": effect[i],
            "conversions": share[i] * known.conversions,
            "revenue_kopecks": money[i],
            "p5": between.p5[i],
            "p50": between.p50[i],
            "p95": between.p95[i],
            "paths": model.paths[i],
            "support": model.support[i],
        }
        for i, channel in enumerate(model.channels)
    ]
    if rest.paths:
        rows.append(
            {
                "channel": UNATTRIBUTED,
                "conversions": rest.conversions,
                "revenue_kopecks": rest.revenue_kopecks,
                "paths": rest.paths,
                "support": rest.conversions,
            }
        )
    return [{"model": model.name + suffix, **row} for row in rows]
