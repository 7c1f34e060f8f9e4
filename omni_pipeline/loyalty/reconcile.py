"""Reconciliation of the loyalty ledger: frames in, discrepancies out, nothing else touched.

The order of the rules makes one cause one finding: entries without an account and double credits
are settled first and take no part in what follows; malformed entries are reported where no other
rule names them; balances come last, when every other fault is known.
"""

from decimal import Decimal

import pandas as pd

from omni_pipeline.loyalty.balances import check_balances
from omni_pipeline.loyalty.classes import CLASSES, RULE_VERSION
from omni_pipeline.loyalty.entries import entries
from omni_pipeline.loyalty.ledger import Ledger
from omni_pipeline.loyalty.orders import check_orders
from omni_pipeline.loyalty.receipts import check_receipts
from omni_pipeline.loyalty.reversals import double_credits, excess_reversals
from omni_pipeline.loyalty.structure import (
    malformed_entries,
    orphan_entries,
    ownerless_accounts,
    unknown_types,
)

KEY = ["code", "subject_type", "subject_id"]
RESULT = [
    "code",
    "severity",
    "subject_type",
    "subject_id",
    "account_id",
    "expected",
    "actual",
    "detail",
    "rule_version",
]


def reconcile(ledger: Ledger) -> pd.DataFrame:
    """All discrepancies of a ledger, columns as in `RESULT`, ordered and unique by `KEY`.

    `expected` and `actual` are Decimals in points (None where the class has no amount),
    `account_id` is null where no account is known. The same ledger always gives the same frame.
    """
    rows = entries(ledger)
    found = [orphan_entries(ledger, rows), ownerless_accounts(ledger), double_credits(rows)]
    found += [unknown_types(ledger, rows), *excess_reversals(ledger, rows)]
    live = ~_named(rows, found)
    found += check_orders(ledger, rows, live)
    found += check_receipts(ledger, rows, live)
    found.append(malformed_entries(rows[~_named(rows, found)]))
    found += check_balances(ledger, rows, pd.concat(found, ignore_index=True))
    return _result(pd.concat(found, ignore_index=True))


def _named(rows: pd.DataFrame, found: list[pd.DataFrame]) -> pd.Series:
    """Which entries some finding is about."""
    subjects = pd.concat(found, ignore_index=True)
    named = subjects.loc[subjects["subject_type"] == "transaction", "subject_id"]
    return rows["id"].isin(named.astype("int64"))


def _result(found: pd.DataFrame) -> pd.DataFrame:
    unique = found.drop_duplicates(KEY).sort_values(KEY, ignore_index=True)
    result = unique.assign(
        severity=unique["code"].map({code: kind.severity for code, kind in CLASSES.items()}),
        account_id=unique["account_id"].astype("Int64").mask(unique["account_id"] == 0),
        expected=_points(unique["expected_e2"]),
        actual=_points(unique["actual_e2"]),
        rule_version=RULE_VERSION,
    )
    return result[RESULT]


def _points(hundredths: pd.Series) -> pd.Series:
    """Hundredths as Decimal points; 7500 becomes Decimal('75.00')."""
    points = [None if pd.isna(v) else Decimal(int(v)).scaleb(-2) for v in hundredths]
    return pd.Series(points, index=hundredths.index, dtype="object")
