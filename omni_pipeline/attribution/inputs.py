"""The contract of the two tables of aggregates, and the checks of their columns.

A path is the run of touches before a conversion, or the touches after the customer's last
conversion when none followed. Customers are hashed into buckets 0 … B-1 and both tables say the
bucket, so that resampling customers is a reweighting of columns. All rows of a path
lie in one bucket. Rows may repeat a key and come in any order: they are added up.

Transitions of order k (1 to 3), one frame per order:
  bucket           integer
  from_1 … from_k  text, the touches before, newest first; null = the path had not begun
  to_state         text, the channel touched next, or '(conversion)' or '(null)' where the path ends
  transitions      number of such steps, any non-negative weight
  revenue_kopecks  integer, revenue of the conversions; 0 unless to_state is '(conversion)'
  A path of n touches gives n + 1 rows, the last one to '(conversion)' or '(null)'; a conversion
  without touches gives one, from null to '(conversion)'.

Channel sets:
  bucket           integer
  channels         list or set of text, the distinct channels of the path; empty = no touch at all
  paths            number of paths with exactly this set, any non-negative weight
  conversions      how many of them converted
  revenue_kopecks  integer, their revenue
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array

CONVERSION, NO_CONVERSION = "(conversion)", "(null)"
OTHER, UNATTRIBUTED = "(other)", "(unattributed)"
RESERVED = frozenset({CONVERSION, NO_CONVERSION, UNATTRIBUTED})
# Relative; what summing weights that are not whole numbers in another order may cost.
TOLERANCE = 1e-9

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class InputError(ValueError):
    """The aggregates cannot come from whole paths; the message names the column or total."""


@dataclass(frozen=True)
class Totals:
    """Paths, conversions and revenue."""

    paths: float
    conversions: float
    revenue_kopecks: int


def require(frame: pd.DataFrame, columns: list[str]) -> None:
    """All the columns are there."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise InputError(f"columns {missing} are missing")


def weights(frame: pd.DataFrame, column: str) -> Floats:
    """A column of non-negative numbers as float64."""
    try:
        values = frame[column].to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{column} is not numeric") from error
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InputError(f"{column} has a null, negative or infinite value")
    return values


def kopecks(frame: pd.DataFrame) -> list[int]:
    """The column revenue_kopecks as Python integers, which do not overflow when summed."""
    column = frame["revenue_kopecks"]
    if pd.api.types.is_float_dtype(column.dtype):
        raise InputError("revenue_kopecks is a float: money is whole kopecks")
    values: list[Any] = column.tolist()
    if pd.api.types.is_integer_dtype(column.dtype):
        return values
    if not all(isinstance(value, int | Decimal) and value == int(value) for value in values):
        raise InputError("revenue_kopecks has a value that is no whole number")
    return [int(value) for value in values]


def buckets(frame: pd.DataFrame, count: int) -> Integers:
    """The column bucket, each in 0 … count-1."""
    values = weights(frame, "bucket")
    if ((values >= count) | (values != np.floor(values))).any():
        raise InputError(f"bucket has a value outside 0 … {count - 1}")
    return values.astype(np.int64)


def codes(column: pd.Series, number: Mapping[str, int], null: int | None) -> Integers:
    """Names as numbers; a null as `null` if that is allowed."""
    which, names = pd.factorize(column)
    unknown = [name for name in names if name not in number]
    if unknown:
        raise InputError(f"{column.name} names {unknown[0]!r}, which no channel set contains")
    if null is None and (which < 0).any():
        raise InputError(f"{column.name} is null")
    # A null is -1 and so reads the last entry.
    return np.array([*(number[name] for name in names), null or 0], dtype=np.int64)[which]


def cells(values: Floats, row: Integers, column: Integers, shape: tuple[int, int]) -> Any:
    """A sparse matrix with repeated cells added up."""
    return coo_array((values, (row, column)), shape=shape).tocsr()


def same(what: str, steps: float, sets: float) -> None:
    """The two tables agree on a total."""
    if abs(steps - sets) > TOLERANCE * max(steps, sets):
        raise InputError(f"{what} of transitions ({steps:g}) and of channel sets ({sets:g}) differ")
