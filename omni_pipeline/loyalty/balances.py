"""Rules on sums per account: balance (R01) and running balance (R02), in int64 hundredths."""

import numpy as np
import pandas as pd

from omni_pipeline.loyalty.entries import findings
from omni_pipeline.loyalty.ledger import Ints, Ledger

# Put-back rows sort before real ones of the same moment: a credit can be spent at once.
PUT_BACK = 0


def check_balances(
    ledger: Ledger, entries: pd.DataFrame, others: pd.DataFrame
) -> list[pd.DataFrame]:
    """R01 and R02; `others` are the findings of all other rules, whose consequences are left out.

    - A balance that is off by exactly what those findings would correct is right already: the
      fault lies in the entries, and they are reported.
    - The running balance is taken with missing credits put back at their own time, so that a lost
      credit is not reported a second time through the spending of it.
    - An account with an unreadable entry has no sum.
    """
    accounts = pd.Index(ledger.accounts["id"])
    booked = entries[entries["account"] >= 0]
    position = booked["account"].to_numpy()
    amount = booked["amount_e2"].to_numpy()
    summed = np.ones(len(accounts), dtype=bool)
    summed[booked.loc[~booked["is_readable"], "account"].unique()] = False

    fixes = others.assign(
        account=accounts.get_indexer(pd.Index(others["account_id"])),
        effect_e2=(others["expected_e2"] - others["actual_e2"]).fillna(0).astype("int64"),
    )
    fixes = fixes[(fixes["account"] >= 0) & (fixes["effect_e2"] != 0)]
    put_back = fixes[(fixes["effect_e2"] > 0) & fixes["at"].notna()]
    running = _first_below_zero(
        np.concatenate([position, put_back["account"]]),
        np.concatenate([booked["created_at"], put_back["at"].astype("datetime64[us]")]),
        np.concatenate([booked["id"], np.full(len(put_back), PUT_BACK)]),
        np.concatenate([amount, put_back["effect_e2"]]),
    )
    return [
        _drifted(ledger, position, amount, fixes, summed),
        _overdrawn(ledger, running[summed[running["account"]]]),
    ]


def _sums(position: Ints, amount: Ints, size: int) -> Ints:
    """Exact sums per account; bincount would go through float64."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, position, amount)
    return total


def _drifted(
    ledger: Ledger,
    position: Ints,
    amount: Ints,
    fixes: pd.DataFrame,
    summed: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> pd.DataFrame:
    size = len(summed)
    balance = ledger.accounts["balance_e2"].to_numpy()
    total = _sums(position, amount, size)
    explained = _sums(fixes["account"].to_numpy(), fixes["effect_e2"].to_numpy(), size)
    drift = balance - total
    found = np.flatnonzero(summed & (drift != 0) & (drift != explained))
    count = _sums(position, np.ones_like(position), size)
    wrong = ledger.accounts.iloc[found]
    return findings(
        "R01",
        "account",
        wrong["id"],
        account_id=wrong["id"],
        at=pd.NaT,
        expected_e2=total[found],
        actual_e2=balance[found],
        detail=[f"{entries} entries" for entries in count[found]],
    )


def _first_below_zero(
    position: Ints, at: "np.ndarray[tuple[int], np.dtype[np.datetime64]]", ids: Ints, amount: Ints
) -> pd.DataFrame:
    """Per account that goes below zero: where first (entry id, time) and how low it gets."""
    order = np.lexsort((ids, at, position))
    account = position[order]
    if not len(account):
        return pd.DataFrame({"account": account, "id": account, "at": at, "lowest_e2": account})
    total = np.cumsum(amount[order])
    starts = np.flatnonzero(np.r_[True, account[1:] != account[:-1]])
    before = np.r_[np.int64(0), total[starts[1:] - 1]]
    running = total - np.repeat(before, np.diff(np.r_[starts, len(account)]))
    below = np.flatnonzero(running < 0)
    overdrawn, first = np.unique(account[below], return_index=True)
    row = order[below[first]]
    lowest = np.minimum.reduceat(running, starts)
    return pd.DataFrame(
        {
            "account": overdrawn,
            "id": ids[row],
            "at": at[row],
            "lowest_e2": lowest[np.searchsorted(account[starts], overdrawn)],
        }
    )


def _overdrawn(ledger: Ledger, running: pd.DataFrame) -> pd.DataFrame:
    accounts = ledger.accounts["id"].to_numpy()[running["account"]]
    return findings(
        "R02",
        "account",
        accounts,
        account_id=accounts,
        at=running["at"],
        expected_e2=0,
        actual_e2=running["lowest_e2"],
        detail=[f"first below zero at transaction {entry}" for entry in running["id"]],
    )
