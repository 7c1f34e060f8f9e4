"""Rules that compare credits with orders of the site: missing (R05), wrong (R06), undue (R07)."""

from datetime import timedelta

import numpy as np
import pandas as pd

from omni_pipeline.loyalty.entries import account_of_user, entry_findings, findings, is_in
from omni_pipeline.loyalty.ledger import Ledger, earned_e2, ints
from omni_pipeline.loyalty.php import new_status
from omni_pipeline.loyalty.reversals import net_credits

COMPLETED = "F"
STATUS_CHANGED = "ORDER_STATUS_CHANGED"
CREDIT_WITHIN = timedelta(hours=24)


def completions(ledger: Ledger) -> pd.DataFrame:
    """When each order reached status F first and last, by order id; NaT where that is not recorded.

    The log of changes is the only history, and the shop empties it after some days; so an order
    that is in F counts too, from the time of its present status.
    """
    changes = ledger.order_changes[ledger.order_changes["type"] == STATUS_CHANGED]
    # A log of millions of changes holds a few dozen different texts: each is parsed once.
    data = changes["data"].cat
    reached = np.array([*(new_status(str(t)) == COMPLETED for t in data.categories), False])
    logged = changes[reached[data.codes]].groupby("order_id")["created_at"].agg(["min", "max"])
    present = ledger.orders[ledger.orders["status_id"] == COMPLETED].set_index("id")
    at = present["status_at"].fillna(present["updated_at"])
    last = pd.concat([logged["max"], at]).groupby(level=0).max()
    return pd.DataFrame({"first": logged["min"].combine_first(at), "last": last})


def check_orders(ledger: Ledger, entries: pd.DataFrame, live: pd.Series) -> list[pd.DataFrame]:
    """R05, R06 and R07; `live` marks entries not already found to be orphans or double credits.

    Without any order (the site is not read) nothing can be said and nothing is found.
    """
    if ledger.orders.empty:
        return []
    completed = completions(ledger)
    completed_at, net = completed["first"], net_credits(entries)
    orders = ledger.orders.assign(
        earns_e2=earned_e2(ints(ledger.orders["price_e2"])),
        is_completed=ledger.orders["id"].isin(completed_at.index),
        completed_at=_times_of(ledger.orders["id"], completed_at),
        completed_again_at=_times_of(ledger.orders["id"], completed["last"]),
        taken_back_at=_times_of(ledger.orders["id"], net["taken_back_at"]),
        net_e2=net["net_e2"].reindex(ledger.orders["id"]).fillna(0).to_numpy(dtype="int64"),
    )
    online = entries["is_earn"] & ~entries["is_till"] & (entries["order_id"] != 0)
    # What was taken back to the last point is no credit any more, right or wrong.
    undone = entries["order_id"].map((net["net_e2"] <= 0) & net["taken_back_at"].notna())
    credits = entries[online & live & ~(undone == True)]  # noqa: E712
    return [
        _missing(ledger, orders, entries.loc[online, "order_id"]),
        _wrong(orders, credits),
        _undue(ledger, orders, completed_at, credits),
    ]


def _times_of(keys: pd.Series, times: pd.Series) -> pd.Series:
    """Times by key, NaT where there is none; `Series.map` cannot look times up in an empty one."""
    return times.reindex(keys).set_axis(keys.index)


def _missing(ledger: Ledger, orders: pd.DataFrame, credited: pd.Series) -> pd.DataFrame:
    """R05: completed for over 24 hours, owner has an account since before that, no credit stands.

    A credit to a missing account counts as given: that fault has its own finding. One that was
    taken back is owed again when the order was completed after that, or is paid in full: points of
    goods that came back are not.
    """
    is_back = orders["taken_back_at"].notna() & (orders["net_e2"] <= 0)
    is_again = (orders["completed_again_at"] > orders["taken_back_at"]) | (orders["payed"] == "Y")
    due_since = orders["completed_at"].mask(
        is_back, orders[["completed_again_at", "taken_back_at"]].max(axis=1)
    )
    orders = orders.assign(completed_at=due_since)
    due = orders[
        orders["is_completed"]
        & ~orders["is_deleted"]
        & (orders["canceled"] != "Y")
        & (orders["earns_e2"] > 0)
        & (orders["completed_at"] + CREDIT_WITHIN < ledger.as_of())
        & (~is_in(orders["id"], credited) | (is_back & is_again))
    ]
    account = due["user_id"].map(account_of_user(ledger))
    opened_at = _times_of(account, ledger.accounts.set_index("id")["created_at"])
    due = due.assign(account_id=account)[account.notna() & ~(opened_at > due["completed_at"])]
    return findings(
        "R05",
        "order",
        due["id"],
        account_id=due["account_id"].astype("int64"),
        at=due["completed_at"],
        expected_e2=due["earns_e2"],
        actual_e2=0,
        detail=[f"completed at {at:%Y-%m-%d %H:%M}, no credit" for at in due["completed_at"]],
    )


def _wrong(orders: pd.DataFrame, credits: pd.DataFrame) -> pd.DataFrame:
    """R06: the credit of a completed order is not 5 % of its price in whole points."""
    priced = orders[orders["is_completed"] & orders["price_e2"].notna()]
    matched = credits[credits["is_readable"]].merge(
        priced[["id", "earns_e2", "net_e2"]],
        left_on="order_id",
        right_on="id",
        suffixes=("", "_of_order"),
    )
    # A part that was taken back may have put it right.
    is_right = (matched["amount_e2"] == matched["earns_e2"]) | (
        matched["net_e2"] == matched["earns_e2"]
    )
    wrong = matched[~is_right]
    return entry_findings(
        "R06",
        wrong,
        expected_e2=wrong["earns_e2"],
        actual_e2=wrong["amount_e2"],
        detail=[f"5 % of the price of order {order}" for order in wrong["order_id"]],
    )


def _undue(
    ledger: Ledger, orders: pd.DataFrame, completed_at: pd.Series, credits: pd.DataFrame
) -> pd.DataFrame:
    """R07: the order never was in F, as far as its last known state and its log tell.

    An unknown order with a smaller id than the newest known one may have been archived or deleted
    before the first reading: no finding. One with a larger id never existed.
    """
    not_completed = ~credits["order_id"].isin(completed_at.index)
    is_known = credits["order_id"].isin(orders["id"])
    is_invented = credits["order_id"] > orders["id"].max()
    settled = pd.Series(True, index=credits.index)
    if ledger.orders_read_at is not None:
        settled = ~(credits["created_at"] >= pd.Timestamp(ledger.orders_read_at))
    undue = credits[not_completed & (is_known | is_invented) & settled]
    return entry_findings(
        "R07",
        undue,
        expected_e2=0,
        actual_e2=undue["amount_e2"],
        detail=[f"order {order} never reached status F" for order in undue["order_id"]],
    )
