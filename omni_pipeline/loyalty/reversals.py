"""Rules on what is taken back: double credits (R04) and takings beyond what there was (R20).

A `reversal` takes back points that an order or receipt had earned, a `refund_spend` gives back
points that were spent on it. Both name what they undo by its order or receipt and account.
"""

import pandas as pd

from omni_pipeline.loyalty.entries import entry_findings, is_in
from omni_pipeline.loyalty.ledger import Ledger

TARGET = ["is_till", "order_id"]


def net_credits(entries: pd.DataFrame) -> pd.DataFrame:
    """Per site order that earned: points less those taken back, and when the last were."""
    online = entries[~entries["is_till"] & (entries["order_id"] != 0)]
    moved = online[online["is_earn"] | online["is_reversal"]]
    net = moved.groupby("order_id")["amount_e2"].sum()
    taken = online[online["is_reversal"]].groupby("order_id")["created_at"].max()
    return pd.DataFrame({"net_e2": net, "taken_back_at": taken.reindex(net.index)})


def double_credits(entries: pd.DataFrame) -> pd.DataFrame:
    """R04: every credit of an order or receipt that comes on top of a standing one.

    In the order (created_at, id); a reversal takes back the latest that stands, so a credit that
    was taken back may be given again, and a double one that was taken back is no fault any more.
    Orphans do not count: a credit that reached nobody is no credit.
    """
    booked = entries[(entries["account"] >= 0) & (entries["order_id"] != 0)]
    earns = booked[booked["is_earn"]]
    repeated = earns[earns.duplicated(TARGET, keep=False)]
    targets = pd.MultiIndex.from_frame(booked[TARGET])
    concerned = booked[
        targets.isin(pd.MultiIndex.from_frame(repeated[TARGET]))
        & (booked["is_earn"] | booked["is_reversal"])
    ].sort_values(["created_at", "id"])
    extra: list[tuple[int, int, int]] = []  # row, points that stand, the credit before
    for _, rows in concerned.groupby(TARGET, sort=False):
        standing: list[list[int]] = []
        for row, number, amount, is_earn in zip(
            rows.index, rows["id"], rows["amount_e2"], rows["is_earn"], strict=True
        ):
            if is_earn:
                standing.append([row, amount, number])
                continue
            while amount < 0 and standing:
                taken = min(-amount, max(standing[-1][1], 0))
                amount += taken
                standing[-1][1] -= taken
                if standing[-1][1] > 0:
                    break
                standing.pop()
        extra += [(row, amount, standing[0][2]) for row, amount, _ in standing[1:]]
    found = entries.loc[[row for row, _, _ in extra]]
    what = found["is_till"].map({True: "receipt", False: "order"})
    return entry_findings(
        "R04",
        found,
        expected_e2=0,
        actual_e2=[amount for _, amount, _ in extra],
        detail=[
            f"{kind} {order} was credited before by transaction {earlier}"
            for kind, order, (_, _, earlier) in zip(what, found["order_id"], extra, strict=True)
        ],
    )


def excess_reversals(ledger: Ledger, entries: pd.DataFrame) -> list[pd.DataFrame]:
    """R20: reversals beyond the credits of their order or receipt, refunds beyond its spendings.

    Summed per account and order, in time: the entry that goes beyond is the fault, with what was
    left as expected. At a till the receipt of the return stands for its sale.
    """
    rows = entries[(entries["account"] >= 0) & entries["is_readable"]]
    rows = rows.assign(order_id=_sales(ledger, rows)).sort_values(["created_at", "id"])
    key = ["account", *TARGET]
    return [
        _beyond(rows[rows["is_earn"]], rows[rows["is_reversal"] & (rows["amount_e2"] < 0)], key),
        _beyond(rows[rows["is_spend"]], rows[rows["is_refund"] & (rows["amount_e2"] > 0)], key),
    ]


def _sales(ledger: Ledger, rows: pd.DataFrame) -> pd.Series:
    """Order or receipt that entries name; of a return the sale, where it is known."""
    receipts = ledger.receipts
    numbers = receipts.drop_duplicates("receipt_uid").set_index("receipt_uid")["id"]
    returns = receipts[receipts["kind"] == "return"].drop_duplicates("id").set_index("id")
    sale = returns["original_receipt_uid"].map(numbers).dropna().astype("int64")
    at_return = rows["is_till"] & is_in(rows["order_id"], sale.index.to_series())
    return rows["order_id"].where(~at_return, rows["order_id"].map(sale)).astype("int64")


def _beyond(given: pd.DataFrame, undone: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """What of `undone` is more than `given` holds, by key."""
    total = given.groupby(key)["amount_e2"].sum().abs().rename("given_e2").reset_index()
    known = undone.merge(total, on=key, how="left").assign(size_e2=lambda f: f["amount_e2"].abs())
    known["given_e2"] = known["given_e2"].fillna(0).astype("int64")
    before = known.groupby(key)["size_e2"].cumsum() - known["size_e2"]
    known["left_e2"] = (known["given_e2"] - before).clip(lower=0)
    found = known[known["size_e2"] > known["left_e2"]]
    sign = found["amount_e2"] // found["size_e2"]
    return entry_findings(
        "R20",
        found,
        expected_e2=found["left_e2"] * sign,
        actual_e2=found["amount_e2"],
        detail=[
            f"{what} {order} had {left // 100} points left to undo"
            for what, order, left in zip(
                found["is_till"].map({True: "receipt", False: "order"}),
                found["order_id"],
                found["left_e2"],
                strict=True,
            )
        ],
    )
