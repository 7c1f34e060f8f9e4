"""Distinct channel sets as sparse matrices over hash buckets; rare channels become '(other)'."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from omni_pipeline.attribution.inputs import (
    OTHER,
    RESERVED,
    TOLERANCE,
    Floats,
    InputError,
    Integers,
    Totals,
    buckets,
    cells,
    kopecks,
    require,
    weights,
)

# A set is a bit mask in a signed 64-bit integer; the rarest channels beyond these are '(other)'.
MAX_CHANNELS = 60


@dataclass(frozen=True)
class ChannelSets:
    """Sets of channels (rows of the matrices) by bucket (columns)."""

    channels: tuple[str, ...]  # ascending
    renamed: dict[str, str]  # channel as read -> one of `channels`
    masks: Integers  # ascending; bit i stands for channels[i]
    paths: Any  # scipy csr_array, sets x buckets, as the next two
    conversions: Any
    revenue: Any
    attributed: Totals
    unattributed: Totals  # of paths without touches

    @property
    def buckets(self) -> int:
        """Number of hash buckets of customers."""
        return int(self.paths.shape[1])

    @property
    def members(self) -> Floats:
        """1 where the channel is in the set; sets x channels."""
        return membership(self.masks, len(self.channels))


def membership(masks: Integers, channels: int) -> Floats:
    """Bit masks as rows of zeros and ones."""
    return ((masks[:, None] >> np.arange(channels, dtype=np.int64)) & 1).astype(float)


def channel_sets(frame: pd.DataFrame, count: int, min_support: float = 0) -> ChannelSets:
    """Check a frame of channel sets over `count` buckets and build the matrices.

    Several channels on fewer than `min_support` paths are merged into '(other)', never dropped.
    Raises InputError for a missing column, a bad value, or revenue without a conversion.
    """
    require(frame, ["bucket", "channels", "paths", "conversions", "revenue_kopecks"])
    paths, conversions = weights(frame, "paths"), weights(frame, "conversions")
    money, bucket = kopecks(frame), buckets(frame, count)
    if (conversions > paths * (1 + TOLERANCE)).any():
        raise InputError("conversions exceed paths in a channel set")
    if any(value and not number for value, number in zip(money, conversions, strict=True)):
        raise InputError("revenue_kopecks without a conversion in a channel set")
    if frame["channels"].map(lambda value: value is None or isinstance(value, str | float)).any():
        raise InputError("channels is no list; a path without touches has an empty one")
    # A row of no paths must not make its channels known.
    raw = [
        frozenset(v) if n else frozenset() for v, n in zip(frame["channels"], paths, strict=True)
    ]
    renamed = _renamed(raw, paths, min_support)
    channels = tuple(sorted(set(renamed.values())))
    bit = {name: 1 << channels.index(new) for name, new in renamed.items()}
    mask_of = {value: sum({bit[name] for name in value}) for value in set(raw)}
    mask = np.array([mask_of[value] for value in raw], dtype=np.int64)
    touched = mask > 0
    masks, row = np.unique(mask[touched], return_inverse=True)
    shape = (len(masks), count)
    revenue = np.array(money, dtype=float)
    paid = sum(value for value, yes in zip(money, touched, strict=True) if yes)
    return ChannelSets(
        channels=channels,
        renamed=renamed,
        masks=masks,
        paths=cells(paths[touched], row, bucket[touched], shape),
        conversions=cells(conversions[touched], row, bucket[touched], shape),
        revenue=cells(revenue[touched], row, bucket[touched], shape),
        attributed=Totals(float(paths[touched].sum()), float(conversions[touched].sum()), paid),
        unattributed=Totals(
            float(paths[~touched].sum()), float(conversions[~touched].sum()), sum(money) - paid
        ),
    )


def _renamed(raw: list[frozenset[str]], paths: Floats, min_support: float) -> dict[str, str]:
    support: dict[str, float] = {}
    for value, weight in zip(raw, paths, strict=True):
        for name in value:
            support[name] = support.get(name, 0.0) + float(weight)
    wrong = sorted(repr(n) for n in support if not isinstance(n, str) or n in RESERVED or not n)
    if wrong:
        raise InputError(f"channels may not be called {', '.join(wrong)}")
    ranked = sorted(support, key=lambda name: (-support[name], name))
    kept = {name for name in ranked[:MAX_CHANNELS] if support[name] >= min_support}
    # One alone hides behind no other: it keeps its name, and `is_reliable` tells how little it is.
    if len(ranked) - len(kept) == 1:
        kept.add(ranked[-1])
    return {name: name if name in kept else OTHER for name in sorted(support)}
