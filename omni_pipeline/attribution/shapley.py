"""Shapley values of channels on the distinct channel sets of paths; order and repeats are ignored.

Closed form (`shapley`): the game is v(S) = value of the paths whose channels all lie in S; its
Shapley value shares each set's value equally among its members (Zhao et al. 2018, arXiv
1804.05327). It equals a linear rule over distinct channels and does not use unconverted paths.

Conversion rate (`shapley_rate`): every observed set S is a game of its own members. A coalition T
inside S is worth the rate, conversions per path, of the paths with exactly the channels T; what S
is worth is shared by the Shapley value and counted once for each path of S. So the sum over
channels is the total. Values may be negative: a set converting worse than its parts. Two guards:
- a coalition on fewer than `min_support` paths takes the pooled rate of all paths whose channels
  lie inside it, since a rate of 1 out of 1 is no knowledge; S itself always keeps its own rate;
- a set of more than MAX_PLAYERS channels keeps its best supported ones, the rest are '(other)';
  fewer, down to MIN_PLAYERS, when the coalitions of all sets would exceed MAX_COALITIONS.

Cost: the sum over distinct sets of 2^size, some 400,000 if all 4,095 sets of 12 channels occur, and
4 ms for each value and replicate; 33,000 sets of 40 channels take 35 ms.
"""

from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from omni_pipeline.attribution.inputs import OTHER, Floats, Integers, cells
from omni_pipeline.attribution.sets import ChannelSets, membership

MAX_PLAYERS, MIN_PLAYERS, MAX_COALITIONS = 8, 3, 2**21
CHUNK = 2**22  # coalitions laid out at once; bounds the memory at some 100 MB


def closed_form(sets: ChannelSets, value: Any) -> Floats:
    """Credit by bucket; `value` is `sets.conversions` or `sets.revenue`. Channels x buckets.

    The credit is linear in the buckets: multiply by bucket weights to resample.
    """
    members = sets.members
    per_member = members / members.sum(axis=1, keepdims=True)
    return np.asarray((value.T @ per_member).T)


@dataclass(frozen=True)
class RateGames:
    """The games of all observed sets, ready to be valued under any bucket weights."""

    channels: tuple[str, ...]
    members: Floats  # sets x channels
    paths: Any  # scipy csr_array, sets x buckets, as the next two
    conversions: Any
    revenue: Any
    exact: Integers  # for each coalition the set with just its channels, or -1
    within: Any  # scipy csr_array, coalitions x sets: the set's channels lie in the coalition
    sizes: tuple[tuple[Integers, Integers, Integers], ...]  # sets, their players, their coalitions

    def credit(self, value: Any, weights: Floats, min_support: float) -> Floats:
        """Signed credit of each channel; `value` is conversions or revenue, weights by bucket."""
        paths, worth = self.paths @ weights, value @ weights
        rate = _ratio(worth, paths)
        known = (self.exact >= 0) & (paths[self.exact] >= max(min_support, 1e-300))
        pooled = _ratio(self.within @ worth, self.within @ paths)
        coalition_rate = np.where(known, rate[self.exact], pooled)
        total = np.zeros(len(self.channels))
        for rows, players, coalitions in self.sizes:
            values = coalition_rate[coalitions]
            values[:, 0], values[:, -1] = 0.0, rate[rows]
            credit = values @ _coefficients(players.shape[1]) * paths[rows, None]
            total += np.bincount(players.ravel(), credit.ravel(), len(total))
        return total


def rate_games(sets: ChannelSets) -> RateGames:
    """Lay out the coalitions of every observed set once; valuing them is gathers and products."""
    channels, masks, merge = _merge_long_sets(sets)
    size = np.bitwise_count(masks)
    groups = []
    for players in np.unique(size).tolist():
        rows = np.flatnonzero(size == players)
        who = _players(masks[rows], len(channels))
        groups.append((rows, who, _subsets(who)))
    every = [keys.ravel() for _, _, keys in groups]
    coalitions = np.unique(np.concatenate(every)) if every else np.zeros(0, np.int64)
    found = np.searchsorted(masks, coalitions)
    hit = np.append(masks, -1)[found] == coalitions
    exact = np.where(hit, found, -1)
    return RateGames(
        channels=channels,
        members=membership(masks, len(channels)),
        paths=merge @ sets.paths,
        conversions=merge @ sets.conversions,
        revenue=merge @ sets.revenue,
        exact=exact,
        within=_within(coalitions, masks, len(channels)),
        sizes=tuple((r, w, np.searchsorted(coalitions, keys)) for r, w, keys in groups),
    )


def _merge_long_sets(sets: ChannelSets) -> tuple[tuple[str, ...], Integers, Any]:
    """Sets of too many channels with their least supported channels as '(other)'."""
    members = sets.members
    size, limit = np.bitwise_count(sets.masks).astype(np.int64), MAX_PLAYERS
    while limit > MIN_PLAYERS and (2 ** np.minimum(size, limit)).sum() > MAX_COALITIONS:
        limit -= 1
    long = size > limit
    if not long.any():
        same = np.arange(len(sets.masks))
        return sets.channels, sets.masks, _one_per_column(same, len(same))
    channels = sets.channels if OTHER in sets.channels else (*sets.channels, OTHER)
    other = channels.index(OTHER)
    support = members.T @ np.asarray(sets.paths.sum(axis=1)).ravel()
    ranked = [i for i in np.argsort(-support, kind="stable").tolist() if i != other]
    masks = sets.masks.copy()
    for row in np.flatnonzero(long).tolist():
        best = [i for i in ranked if members[row, i]][: limit - 1]
        masks[row] = sum(1 << i for i in best) | 1 << other
    merged, target = np.unique(masks, return_inverse=True)
    return channels, merged, _one_per_column(target.reshape(-1), len(merged))


def _one_per_column(row: Integers, rows: int) -> Any:
    return csr_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(rows, len(row)))


def _subsets(who: Integers) -> Integers:
    """The bit masks of all coalitions of each row of players; ascending bits, last one is all."""
    players = who.shape[1]
    chosen = (np.arange(2**players)[:, None] >> np.arange(players)) & 1
    return np.asarray(np.left_shift(np.int64(1), who) @ chosen.T, dtype=np.int64)


def _within(coalitions: Integers, masks: Integers, channels: int) -> Any:
    """Which observed sets lie inside each coalition, found among the coalition's own subsets."""
    rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    size = np.bitwise_count(coalitions)
    for players in np.unique(size[size > 0]).tolist():
        alike = np.flatnonzero(size == players)
        for part in np.array_split(alike, len(alike) * 2**players // CHUNK + 1):
            who = _players(coalitions[part], channels)
            keys = _subsets(who)
            found = np.searchsorted(masks, keys)
            which, _ = hit = np.nonzero(np.append(masks, -1)[found] == keys)
            rows.append(part[which])
            columns.append(found[hit])
    row, column = np.concatenate(rows), np.concatenate(columns)
    return cells(np.ones(len(row)), row, column, (len(coalitions), len(masks)))


def _players(masks: Integers, channels: int) -> Integers:
    """The channels of sets of one size; sets x size."""
    return np.nonzero(membership(masks, channels))[1].reshape(len(masks), -1)


@cache
def _coefficients(players: int) -> Floats:
    """Weight of a coalition's value in a player's Shapley value; coalitions x players."""
    inside = (np.arange(2**players)[:, None] >> np.arange(players)) & 1
    others = inside.sum(axis=1, keepdims=True) - inside
    weight = np.array(
        [factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)]
    )
    return np.asarray(np.where(inside == 1, 1.0, -1.0) * weight[others])


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0))
