"""Journeys as the two tables that the models read: transitions of each order, and channel sets.

Journeys are rows of bucket, channels (a list in the order of the touches), is_converted, paths (how
many are alike) and revenue_kopecks. They are taken apart here: in the warehouse, 600,000 steps of
100,000 journeys cost 3.3 CPU seconds to sum and keep, here 0.3 whenever they are read.
"""

from itertools import chain

import numpy as np
import pandas as pd

from omni_pipeline.attribution.inputs import (
    CONVERSION,
    NO_CONVERSION,
    RESERVED,
    InputError,
    Integers,
)

JOURNEYS = ["bucket", "channels", "is_converted", "paths", "revenue_kopecks"]
ORDERS = (1, 2, 3)


def sets_of(journeys: pd.DataFrame) -> pd.DataFrame:
    """The channel sets, each of a bucket once (frame as in `inputs.py`)."""
    number: dict[frozenset[str], int] = {}
    sets = map(frozenset, journeys["channels"])
    which = [number.setdefault(channels, len(number)) for channels in sets]
    key, amounts = _summed(
        journeys["bucket"].to_numpy(dtype=np.int64) * len(number) + np.array(which, dtype=np.int64),
        np.column_stack(
            [
                journeys["paths"],
                journeys["paths"] * journeys["is_converted"],
                journeys["revenue_kopecks"],
            ]
        ).astype(np.int64),
    )
    sums = dict(zip(("paths", "conversions", "revenue_kopecks"), amounts.T, strict=True))
    known = list(number)
    channels = [known[n] for n in key % len(number)]
    return pd.DataFrame({"bucket": key // len(number), "channels": channels, **sums})


def transitions_of(journeys: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """The transitions by order, each kind of step once (frames as in `inputs.py`)."""
    names = sorted(set(chain.from_iterable(journeys["channels"])))
    if wrong := RESERVED & set(names):
        raise InputError(f"channels may not be called {', '.join(sorted(wrong))}")
    number = {name: code for code, name in enumerate(names, 1)}
    ends = (len(names) + 1, len(names) + 2)
    length = np.fromiter(map(len, journeys["channels"]), np.int64, len(journeys))
    end = np.cumsum(length + 1) - 1
    path = np.repeat(np.arange(len(journeys)), length + 1)
    place = np.arange(len(path)) - (end - length)[path]
    to = np.empty(len(path), dtype=np.int64)
    to[end] = np.where(journeys["is_converted"], *ends)
    touches = map(number.__getitem__, chain.from_iterable(journeys["channels"]))
    to[place < length[path]] = np.fromiter(touches, np.int64, int(length.sum()))
    amounts = np.zeros((len(path), 2), dtype=np.int64)
    amounts[:, 0] = journeys["paths"].to_numpy()[path]
    amounts[end, 1] = journeys["revenue_kopecks"]
    # The key of a step, most significant first: what is left out of a lower order stands last.
    digits = [journeys["bucket"].to_numpy(dtype=np.int64)[path], to]
    for lag in ORDERS:
        before = np.zeros_like(to)
        before[lag:] = np.where(place[lag:] >= lag, to[:-lag], 0)
        digits.append(before)
    base = len(names) + 3
    key = digits[0]
    for digit in digits[1:]:
        key = key * base + digit
    found = {}
    for order in reversed(ORDERS):
        key, amounts = _summed(key, amounts)
        found[order] = _frame(key, amounts, order, names)
        key = key // base
    return found


def _summed(key: Integers, amounts: Integers) -> tuple[Integers, Integers]:
    """Each key once, ascending, with the sums of its amounts."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    return key[first], np.add.reduceat(amounts[order], first)


def _frame(key: Integers, amounts: Integers, order: int, names: list[str]) -> pd.DataFrame:
    base, codes = len(names) + 3, []
    for _ in range(order + 1):
        codes.append(key % base - 1)  # -1 is a null: the path had not begun
        key = key // base
    *before, to = codes
    lags = {
        f"from_{lag}": pd.Categorical.from_codes(before[-lag], pd.Index(names))
        for lag in range(1, order + 1)
    }
    states = pd.Index([*names, CONVERSION, NO_CONVERSION])
    return pd.DataFrame(
        {
            "bucket": key,
            **lags,
            "to_state": pd.Categorical.from_codes(to, states),
            "transitions": amounts[:, 0],
            "revenue_kopecks": amounts[:, 1],
        }
    )
