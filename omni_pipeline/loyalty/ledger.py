"""The frames that a reconciliation reads, their columns and their units.

Conventions of all frames: ids are int64 with 0 for "none" (the shop writes both 0 and null);
amounts are int64 hundredths (`_e2`), of a point or of a currency unit, never float; times are the
source's naive local time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]

# `price_e2` is cut, not rounded, to hundredths: see `earned_e2`.
# `is_deleted` orders are gone from the shop and keep their last known values.
# `amount_e2` and `price_e2` are nullable: null is a value that is not an amount of money.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "accounts": {
        "id": "int64",
        "user_id": "int64",
        "card_number": "str",
        "balance_e2": "int64",
        "created_at": "datetime64[us]",
    },
    "transactions": {
        "id": "int64",
        "account_id": "int64",
        "amount_e2": "Int64",
        "type": "category",
        "order_id": "int64",
        "source": "category",
        "created_at": "datetime64[us]",
    },
    "orders": {
        "id": "int64",
        "user_id": "int64",
        "status_id": "category",
        "canceled": "category",
        "payed": "category",
        "price_e2": "Int64",
        "status_at": "datetime64[us]",
        "updated_at": "datetime64[us]",
        "is_deleted": "bool",
    },
    "order_changes": {
        "order_id": "int64",
        "type": "category",
        "data": "category",
        "created_at": "datetime64[us]",
    },
    "receipts": {
        "id": "int64",
        "receipt_uid": "str",
        "original_receipt_uid": "str",
        "kind": "category",
        "bonus_spent_e2": "int64",
        "bonus_earned_e2": "int64",
        "card_number": "str",
        "closed_at": "datetime64[us]",
    },
}

# An order earns 5 % of its price in whole points, so one point per 20.00 of price.
PRICE_E2_PER_POINT = 2_000


@dataclass(frozen=True)
class Ledger:
    """One consistent state of everything the rules compare; columns as in `COLUMNS`.

    `orders_read_at` is the ledger's local time up to which `orders` and `order_changes` are known
    to be complete: an entry younger than that is not blamed for an order that is not there yet.
    None means that they are complete.
    """

    accounts: pd.DataFrame
    transactions: pd.DataFrame
    orders: pd.DataFrame
    order_changes: pd.DataFrame
    receipts: pd.DataFrame
    orders_read_at: datetime | None = None

    def as_of(self) -> pd.Timestamp:
        """The latest time present in the data: the "now" of a pure reconciliation."""
        latest = [
            self.accounts["created_at"].max(),
            self.transactions["created_at"].max(),
            self.orders["updated_at"].max(),
            self.order_changes["created_at"].max(),
            self.receipts["closed_at"].max(),
        ]
        known = [moment for moment in latest if not pd.isna(moment)]
        return max(known) if known else pd.Timestamp.min


def frame(name: str, rows: Iterable[Mapping[str, Any]] | Mapping[str, Any]) -> pd.DataFrame:
    """A frame of the ledger from records or from whole columns, typed as `COLUMNS[name]` says."""
    columns = COLUMNS[name]
    data = dict(rows) if isinstance(rows, Mapping) else list(rows)
    return pd.DataFrame(data, columns=list(columns)).astype(dict(columns))


def earned_e2(price_e2: Ints) -> Ints:
    """Points, in hundredths, that orders of these prices earn: round half up of 5 %, in integers.

    A price may carry more decimals than two. Halves lie at 10.00, 30.00, 50.00 …, whole hundredths,
    so cutting the rest off (towards minus infinity) moves no price across one; rounding it would.
    """
    whole_points = (np.maximum(price_e2, 0) + PRICE_E2_PER_POINT // 2) // PRICE_E2_PER_POINT
    return np.asarray(whole_points * 100, dtype=np.int64)


def ints(column: pd.Series) -> Ints:
    """A column as a plain int64 array; null becomes 0."""
    return column.fillna(0).to_numpy(dtype=np.int64)
