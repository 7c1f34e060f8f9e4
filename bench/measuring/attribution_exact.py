"""Removal effects by the definition: a dense system solved anew for the chain without each channel.

Independent of omni_pipeline.attribution: counts from whole paths, one matrix per channel, no
shortcuts. Only for comparison; at order 3 and twelve channels a second per channel.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

Path = tuple[
    tuple[str, ...], int, int, int
]  # channels, conversions, kopecks, paths that ended in nothing


def shares(paths: Iterable[Path], order: int) -> tuple[dict[str, float], dict[str, float]]:
    """Each channel's share of conversions and of revenue."""
    steps: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    left: Counter[tuple[str, ...]] = Counter()
    gains = {"conversions": Counter[tuple[str, ...]](), "revenue": Counter[tuple[str, ...]]()}
    for channels, conversions, kopecks, nothing in paths:
        if not channels:
            continue
        state: tuple[str, ...] = ()
        weight = conversions + nothing
        for channel in channels:
            then = (*state, channel)[-order:]
            steps[state, then] += weight
            left[state] += weight
            state = then
        left[state] += weight
        gains["conversions"][state] += conversions
        gains["revenue"][state] += kopecks
    number = {state: i for i, state in enumerate(sorted(left))}
    moves = np.zeros((len(number), len(number)))
    for (here, then), count in steps.items():
        moves[number[here], number[then]] = count / left[here]
    ends = np.array(
        [
            [gains[kind][state] / left[state] for kind in ("conversions", "revenue")]
            for state in number
        ]
    )
    channels = sorted({channel for state in number for channel in state})
    whole = np.linalg.solve(np.eye(len(number)) - moves, ends)[number[()]]
    effects = []
    for gone in channels:
        kept = np.array([gone not in state for state in number])
        system = np.eye(kept.sum()) - moves[np.ix_(kept, kept)]
        effects.append(1 - np.linalg.solve(system, ends[kept])[0] / whole)
    parts = np.array(effects) / np.sum(effects, axis=0)
    return (
        dict(zip(channels, parts[:, 0].tolist(), strict=True)),
        dict(zip(channels, parts[:, 1].tolist(), strict=True)),
    )


def furthest(ours: dict[str, float], exact: dict[str, float]) -> float:
    """The largest deviation of a channel's share, relative to the exact one."""
    return max(abs(ours.get(name, 0.0) - share) / share for name, share in exact.items() if share)
