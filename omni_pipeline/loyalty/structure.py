"""Rules on the ledger alone: orphans (R17), malformed entries (R18) and unknown types (R19)."""

import pandas as pd

from omni_pipeline.loyalty.entries import (
    account_of_card,
    account_of_user,
    cards,
    entry_findings,
    findings,
)
from omni_pipeline.loyalty.ledger import Ledger


def orphan_entries(ledger: Ledger, entries: pd.DataFrame) -> pd.DataFrame:
    """R17: entries whose account does not exist.

    The order or receipt may tell whose they are; that account lacks the amount, and its balance
    must not be blamed for it.
    """
    orphans = entries[entries["account"] < 0]
    users = ledger.orders.set_index("id")["user_id"].map(account_of_user(ledger))
    carried = cards(ledger.receipts).map(account_of_card(ledger)).set_axis(ledger.receipts["id"])
    owner = orphans["order_id"].map(users)
    owner = owner.where(~orphans["is_till"], orphans["order_id"].map(carried))
    return entry_findings(
        "R17",
        orphans,
        account_id=owner.fillna(0).astype("int64"),
        expected_e2=orphans["amount_e2"],
        actual_e2=0,
        detail=[f"account {account} does not exist" for account in orphans["account_id"]],
    )


def ownerless_accounts(ledger: Ledger) -> pd.DataFrame:
    """R17: accounts with neither a user nor a card."""
    accounts = ledger.accounts
    nobody = accounts[(accounts["user_id"] == 0) & (cards(accounts) == "")]
    return findings(
        "R17",
        "account",
        nobody["id"],
        account_id=nobody["id"],
        at=nobody["created_at"],
        detail=["the account has neither a user nor a card"] * len(nobody),
    )


def unknown_types(ledger: Ledger, entries: pd.DataFrame) -> pd.DataFrame:
    """R19: types that the contract does not know, by their exact spelling."""
    unknown = entries[~entries["is_known"]]
    types = ledger.transactions["type"].astype("object")[unknown.index]
    return entry_findings(
        "R19",
        unknown,
        account_id=unknown["account_id"].where(unknown["account"] >= 0, 0),
        actual_e2=unknown["amount_e2"].astype("Int64").where(unknown["is_readable"]),
        detail=["no type" if pd.isna(kind) else f"type {kind!r} is unknown" for kind in types],
    )


def malformed_entries(entries: pd.DataFrame) -> pd.DataFrame:
    """R18: amounts that are no amounts, or whose sign contradicts the type of the entry.

    A credit of zero is well-formed: 5 % of a cheap order rounds to it. Unknown types have no sign.
    A reversal takes credits back and is below zero, a `refund_spend` gives spent points back.
    """
    gives = entries["is_earn"] | entries["is_refund"]
    wrong_sign = (gives & (entries["amount_e2"] < 0)) | (
        entries["is_debit"] & (entries["amount_e2"] > 0)
    )
    bad = entries[wrong_sign | ~entries["is_readable"]]
    return entry_findings(
        "R18",
        bad,
        account_id=bad["account_id"].where(bad["account"] >= 0, 0),
        actual_e2=bad["amount_e2"].astype("Int64").where(bad["is_readable"]),
        detail=[
            "the sign of the amount contradicts the type" if readable else "not an amount"
            for readable in bad["is_readable"]
        ],
    )
