"""Transitions as an absorbing chain over hash buckets, checked to be made of whole paths."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omni_pipeline.attribution.inputs import (
    CONVERSION,
    NO_CONVERSION,
    TOLERANCE,
    Floats,
    InputError,
    Integers,
    buckets,
    cells,
    codes,
    kopecks,
    require,
    same,
    weights,
)
from omni_pipeline.attribution.sets import ChannelSets


@dataclass(frozen=True)
class Chain:
    """States are the last `order` touches, fewer near the start; state 0 is the start itself."""

    order: int
    channels: tuple[str, ...]
    tail: Integers  # of each kind of step: the state left
    head: Integers  # the state entered, -1 where the path ends
    converts: NDArray[np.bool_]  # the step ends in a conversion
    contains: NDArray[np.bool_]  # states x channels
    counts: Any  # scipy csr_array, kinds of step x buckets, as the next
    revenue: Any

    @property
    def states(self) -> int:
        """Number of transient states, the start included."""
        return int(self.contains.shape[0])


def chain(frame: pd.DataFrame, order: int, sets: ChannelSets) -> Chain:
    """Check the transitions of one order, also against the channel sets, and build the chain.

    Paths without any touch tell nothing of channels and are left out; rare channels are
    '(other)' here too. Raises InputError when the steps do not form whole paths or when paths,
    conversions or revenue differ from those of `sets`.
    """
    lags = [f"from_{lag}" for lag in range(1, order + 1)]
    require(frame, ["bucket", *lags, "to_state", "transitions", "revenue_kopecks"])
    frame = frame[weights(frame, "transitions") + (frame["revenue_kopecks"] != 0) > 0]
    counts, money = weights(frame, "transitions"), kopecks(frame)
    number = {raw: sets.channels.index(new) + 1 for raw, new in sets.renamed.items()}
    past = np.column_stack([codes(frame[lag], number, null=0) for lag in lags])
    to = codes(frame["to_state"], {**number, CONVERSION: -1, NO_CONVERSION: -2}, null=None)
    if ((past[:, 1:] > 0) & (past[:, :-1] == 0)).any():
        raise InputError("a from_ column is null between touches; null only pads the start")
    revenue = np.array(money, dtype=float)
    if ((revenue != 0) & ((to != -1) | (counts == 0))).any():
        raise InputError("revenue_kopecks on a step that is no conversion")
    _same_totals(counts, to, sum(money), sets)
    live = ~((past[:, 0] == 0) & (to < 0))
    past, to, counts, revenue = past[live], to[live], counts[live], revenue[live]
    base = len(sets.channels) + 1
    here = _key(past, base)
    then = np.where(to < 0, -1, _key(np.column_stack([to, past[:, :-1]]), base))
    keys = np.unique(np.append(here, 0))
    if not np.isin(then[to > 0], keys).all():
        raise InputError("a state is entered and never left: paths have no end")
    tail = np.searchsorted(keys, here)
    head = np.where(to < 0, -1, np.searchsorted(keys, then))
    _whole_paths(tail, head, counts, len(keys))
    digits = keys[:, None] // base ** np.arange(order) % base
    kinds, first, row = np.unique(tail * (base + 2) + to, return_index=True, return_inverse=True)
    bucket, shape = buckets(frame, sets.buckets)[live], (len(kinds), sets.buckets)
    return Chain(
        order=order,
        channels=sets.channels,
        tail=tail[first],
        head=head[first],
        converts=to[first] == -1,
        contains=(digits[:, :, None] == np.arange(1, base)).any(axis=1),
        counts=cells(counts, row, bucket, shape),
        revenue=cells(revenue, row, bucket, shape),
    )


def _key(digits: Integers, base: int) -> Integers:
    """The state as one number: the newest touch is the lowest digit, 0 the padding."""
    return np.asarray((digits * base ** np.arange(digits.shape[1])).sum(axis=1), dtype=np.int64)


def _same_totals(counts: Floats, to: Integers, money: int, sets: ChannelSets) -> None:
    known = (sets.attributed, sets.unattributed)
    same("paths", float(counts[to < 0].sum()), sum(total.paths for total in known))
    same("conversions", float(counts[to == -1].sum()), sum(t.conversions for t in known))
    if money != sum(total.revenue_kopecks for total in known):
        raise InputError("revenue_kopecks of transitions and of channel sets differ")


def _whole_paths(tail: Integers, head: Integers, counts: Floats, states: int) -> None:
    """Every state but the start is left exactly as often as it is entered."""
    left = np.bincount(tail, counts, states)
    entered = np.bincount(head[head >= 0], counts[head >= 0], states)
    if (np.abs(left - entered)[1:] > TOLERANCE * left[1:]).any():
        raise InputError("a state is entered and left a different number of times")
