"""Small worlds of paths, their aggregates, and slow independent answers to check against.

Nothing here uses the package: chains are dictionaries walked until nothing moves, Shapley values
are averages over all orders of arrival.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import permutations

import pandas as pd


@dataclass(frozen=True)
class Path:
    """One run of touches; `revenue` in kopecks, `count` paths alike."""

    touches: tuple[str, ...]
    converted: bool
    revenue: int = 0
    bucket: int = 0
    count: int = 1


def random_paths(
    rng: random.Random, channels: int, paths: int, buckets: int = 1, signed: bool = False
) -> list[Path]:
    """Paths with memory, repeats, unconverted ends and (rarely) no touch at all."""
    names = [f"c{number}" for number in range(channels)]
    chance = {name: rng.random() * 0.6 for name in names}
    made = []
    for _ in range(paths):
        touches = [rng.choice(names)] if rng.random() > 0.05 else []
        while touches and rng.random() < 0.65:
            touches.append(touches[-1] if rng.random() < 0.3 else rng.choice(names))
        converted = not touches or rng.random() < chance[touches[-1]]
        money = rng.randint(-50_000 if signed else 0, 500_000) if converted else 0
        made.append(Path(tuple(touches), converted, money, rng.randrange(buckets)))
    return made


def transitions(paths: Iterable[Path], order: int) -> pd.DataFrame:
    """The transitions as SQL would deliver them: one row per step, not grouped."""
    rows = []
    for path in paths:
        for at in range(len(path.touches) + 1):
            last = at == len(path.touches)
            before = list(reversed(path.touches[max(0, at - order) : at]))
            end = "(conversion)" if path.converted else "(null)"
            rows.append(
                {
                    "bucket": path.bucket,
                    **{
                        f"from_{lag + 1}": before[lag] if lag < len(before) else None
                        for lag in range(order)
                    },
                    "to_state": end if last else path.touches[at],
                    "transitions": path.count,
                    "revenue_kopecks": path.revenue if last and path.converted else 0,
                }
            )
    lags = [f"from_{lag + 1}" for lag in range(order)]
    columns = ["bucket", *lags, "to_state", "transitions", "revenue_kopecks"]
    return pd.DataFrame(rows, columns=columns)


def channel_sets(paths: Iterable[Path]) -> pd.DataFrame:
    """The channel sets, one row per path, not grouped."""
    return pd.DataFrame(
        [
            {
                "bucket": path.bucket,
                "channels": sorted(set(path.touches)),
                "paths": path.count,
                "conversions": path.count if path.converted else 0,
                "revenue_kopecks": path.revenue,
            }
            for path in paths
        ],
        columns=["bucket", "channels", "paths", "conversions", "revenue_kopecks"],
    )


def walked_value(paths: list[Path], order: int, money: bool, removed: str | None) -> float:
    """Expected conversions (or revenue) per path of the chain, by walking it step by step."""
    steps: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    gains: dict[tuple[str, ...], float] = defaultdict(float)
    for path in paths:
        if not path.touches:
            continue
        state: tuple[str, ...] = ()
        for touch in path.touches:
            steps[state][touch] += path.count
            state = (*state, touch)[-order:]
        steps[state]["(end)"] += path.count
        gains[state] += path.revenue if money else path.count * path.converted
    mass: dict[tuple[str, ...], float] = {(): 1.0}
    total = 0.0
    while mass and max(mass.values()) > 1e-18:
        moved: dict[tuple[str, ...], float] = defaultdict(float)
        for state, chance in mass.items():
            left = sum(steps[state].values())
            total += chance * gains[state] / left
            for touch, count in steps[state].items():
                if touch not in ("(end)", removed):
                    moved[(*state, touch)[-order:]] += chance * count / left
        mass = moved
    return total


def removal_effect(paths: list[Path], order: int, money: bool, channel: str) -> float:
    """Share of the chain's value lost without the channel."""
    whole = walked_value(paths, order, money, None)
    return 1 - walked_value(paths, order, money, channel) / whole if whole else 0.0


def shapley(players: Iterable[str], worth: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """The mean marginal contribution over all orders in which the players may arrive."""
    names = sorted(players)
    credit = dict.fromkeys(names, 0.0)
    orders = list(permutations(names))
    for arrival in orders:
        present: frozenset[str] = frozenset()
        for name in arrival:
            credit[name] += worth(present | {name}) - worth(present)
            present |= {name}
    return {name: value / len(orders) for name, value in credit.items()}


def closed_shapley(paths: list[Path], money: bool) -> dict[str, float]:
    """Game: value of all paths whose channels lie inside the coalition."""

    def worth(coalition: frozenset[str]) -> float:
        inside = [p for p in paths if p.touches and set(p.touches) <= coalition]
        return float(sum(p.revenue if money else p.count * p.converted for p in inside))

    return shapley({touch for path in paths for touch in path.touches}, worth)


def rate_shapley(paths: list[Path], money: bool, min_support: float) -> dict[str, float]:
    """One game per observed set, weighed by its paths; thin coalitions take the pooled rate."""
    number: Counter[frozenset[str]] = Counter()
    value: Counter[frozenset[str]] = Counter()
    for path in paths:
        if path.touches:
            number[frozenset(path.touches)] += path.count
            gain = path.revenue if money else path.count * path.converted
            value[frozenset(path.touches)] += gain
    credit: dict[str, float] = defaultdict(float)
    for played in number:

        def worth(coalition: frozenset[str], played: frozenset[str] = played) -> float:
            if not coalition:
                return 0.0
            alone = coalition == played or number[coalition] >= max(min_support, 1)
            sets = [coalition] if alone else [s for s in number if s <= coalition]
            below = sum(number[s] for s in sets)
            return sum(value[s] for s in sets) / below if below else 0.0

        for name, part in shapley(played, worth).items():
            credit[name] += part * number[played]
    return dict(credit)
