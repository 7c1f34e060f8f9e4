"""What the rules share: entries and owners prepared for comparing, and the frame of findings."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from omni_pipeline.loyalty.ledger import Ledger, ints

EARN_TYPES = ("earn_online", "earn_offline")
SPEND, REVERSAL, REFUND_SPEND = "spend", "reversal", "refund_spend"
DEBIT_TYPES = (SPEND, "expire", REVERSAL)
KNOWN_TYPES = (*EARN_TYPES, *DEBIT_TYPES, REFUND_SPEND)
TILL_SOURCE = "pos"

# A finding before it gets its severity: `at` is when the faulty or missing row happened (would
# have happened), and `expected_e2 - actual_e2` is what putting it right would add to the account.
FINDING = {
    "code": "str",
    "subject_type": "str",
    "subject_id": "str",
    "account_id": "int64",
    "expected_e2": "Int64",
    "actual_e2": "Int64",
    "at": "datetime64[us]",
    "detail": "str",
}


def entries(ledger: Ledger) -> pd.DataFrame:
    """One row per ledger entry, in the order of `ledger.transactions`.

    `account` is the row number of the account, -1 for an orphan. `order_id` is an order of the
    site, or a receipt where `is_till`: the ledger keeps two id spaces in one column.
    """
    rows = ledger.transactions
    accounts = pd.Index(ledger.accounts["id"])
    return pd.DataFrame(
        {
            "id": rows["id"].to_numpy(),
            "account_id": rows["account_id"].to_numpy(),
            "account": accounts.get_indexer(pd.Index(rows["account_id"])),
            "amount_e2": ints(rows["amount_e2"]),
            "is_readable": rows["amount_e2"].notna().to_numpy(),
            "is_earn": rows["type"].isin(EARN_TYPES).to_numpy(),
            "is_debit": rows["type"].isin(DEBIT_TYPES).to_numpy(),
            "is_spend": (rows["type"] == SPEND).to_numpy(),
            "is_reversal": (rows["type"] == REVERSAL).to_numpy(),
            "is_refund": (rows["type"] == REFUND_SPEND).to_numpy(),
            "is_known": rows["type"].isin(KNOWN_TYPES).to_numpy(),
            "is_till": (rows["source"] == TILL_SOURCE).to_numpy(),
            "order_id": rows["order_id"].to_numpy(),
            "created_at": rows["created_at"].to_numpy(),
        },
        copy=False,
    )


def findings(
    code: str,
    subject_type: str,
    subject_ids: Iterable[Any],
    *,
    account_id: Any,
    at: Any,
    detail: Iterable[str],
    expected_e2: Any = None,
    actual_e2: Any = None,
) -> pd.DataFrame:
    """Findings of one class; arguments are columns of equal length or scalars."""
    subjects = [str(subject) for subject in subject_ids]
    columns = {
        "code": code,
        "subject_type": subject_type,
        "subject_id": subjects,
        "account_id": account_id,
        "expected_e2": expected_e2,
        "actual_e2": actual_e2,
        "at": at,
        "detail": list(detail),
    }
    plain = {name: getattr(value, "array", value) for name, value in columns.items()}
    return pd.DataFrame(plain, index=pd.RangeIndex(len(subjects))).astype(FINDING)


def entry_findings(
    code: str, entries: pd.DataFrame, *, account_id: Any = None, **told: Any
) -> pd.DataFrame:
    """Findings of one class about entries of the ledger, on their own accounts unless told."""
    return findings(
        code,
        "transaction",
        entries["id"],
        account_id=entries["account_id"] if account_id is None else account_id,
        at=entries["created_at"],
        **told,
    )


def account_of_user(ledger: Ledger) -> pd.Series:
    """Account id by id of the site user."""
    owned = ledger.accounts[ledger.accounts["user_id"] != 0]
    return owned.drop_duplicates("user_id").set_index("user_id")["id"]


def account_of_card(ledger: Ledger) -> pd.Series:
    """Account id by card number."""
    carded = ledger.accounts.assign(card=cards(ledger.accounts))
    return carded[carded["card"] != ""].drop_duplicates("card").set_index("card")["id"]


def cards(rows: pd.DataFrame) -> pd.Series:
    """Card numbers of accounts or receipts, '' for none."""
    return rows["card_number"].fillna("").str.strip()


def is_in(column: pd.Series, values: pd.Series) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Membership by hashing, also where `values` is the longer side."""
    return np.asarray(pd.Index(values.unique()).get_indexer(pd.Index(column)) >= 0)
