"""Rules that compare entries with till receipts: missing (R13), wrong (R06), unexplained (R14)."""

import numpy as np
import pandas as pd

from omni_pipeline.loyalty.entries import account_of_card, cards, entry_findings, findings, is_in
from omni_pipeline.loyalty.ledger import Ledger


def check_receipts(ledger: Ledger, entries: pd.DataFrame, live: pd.Series) -> list[pd.DataFrame]:
    """R13, R06 and R14; `live` marks entries not already found to be orphans or double credits.

    Without any receipt (tills are not read) nothing can be said and nothing is found.
    """
    if ledger.receipts.empty:
        return []
    till = entries["is_till"]
    return [
        _missing(ledger, entries[till]),
        _wrong(ledger, entries[till & entries["is_earn"] & live]),
        _unexplained(ledger, entries[till & (entries["is_earn"] | entries["is_spend"]) & live]),
    ]


def _missing(ledger: Ledger, at_till: pd.DataFrame) -> pd.DataFrame:
    """R13: sales with a card that gave or took bonus, without the entry that says so.

    Returns are left out: the ledger has no type of entry for taking a credit back.
    """
    receipts = ledger.receipts
    card = cards(receipts)
    sales = (receipts["kind"] != "return") & (card != "")
    credited = is_in(receipts["id"], at_till.loc[at_till["is_earn"], "order_id"])
    debited = is_in(receipts["id"], at_till.loc[at_till["is_spend"], "order_id"])
    no_credit = sales & (receipts["bonus_earned_e2"] > 0) & ~credited
    no_debit = sales & (receipts["bonus_spent_e2"] > 0) & ~debited
    lost = no_credit | no_debit
    effect = receipts["bonus_earned_e2"].where(no_credit, 0) - receipts["bonus_spent_e2"].where(
        no_debit, 0
    )
    missing = receipts[lost]
    number = missing["receipt_uid"].fillna("").str.strip()
    what = np.select(
        [no_credit[lost] & no_debit[lost], no_credit[lost]],
        ["earned and spent", "earned"],
        "spent",
    )
    return findings(
        "R13",
        "receipt",
        number.where(number != "", "id:" + missing["id"].astype(str)),
        account_id=card[lost].map(account_of_card(ledger)).fillna(0).astype("int64"),
        at=missing["closed_at"],
        expected_e2=effect[lost],
        actual_e2=0,
        detail=[
            f"no entry for the bonus {verb} on receipt {receipt}"
            for verb, receipt in zip(what, missing["id"], strict=True)
        ],
    )


def _wrong(ledger: Ledger, credits: pd.DataFrame) -> pd.DataFrame:
    """R06: the credit is not what its receipt says was earned."""
    sales = ledger.receipts.loc[ledger.receipts["kind"] != "return", ["id", "bonus_earned_e2"]]
    matched = credits[credits["is_readable"]].merge(
        sales, left_on="order_id", right_on="id", suffixes=("", "_of_receipt")
    )
    wrong = matched[matched["amount_e2"] != matched["bonus_earned_e2"]]
    return entry_findings(
        "R06",
        wrong,
        expected_e2=wrong["bonus_earned_e2"],
        actual_e2=wrong["amount_e2"],
        detail=[f"bonus earned on receipt {receipt}" for receipt in wrong["order_id"]],
    )


def _unexplained(ledger: Ledger, at_till: pd.DataFrame) -> pd.DataFrame:
    """R14: credits and debits made at a till for a receipt that did not arrive."""
    alone = at_till[~is_in(at_till["order_id"], ledger.receipts["id"])]
    return entry_findings(
        "R14",
        alone,
        expected_e2=0,
        actual_e2=alone["amount_e2"],
        detail=[
            f"there is no receipt {receipt}" if receipt else "the entry names no receipt"
            for receipt in alone["order_id"]
        ],
    )
