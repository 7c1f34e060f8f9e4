"""Classes of discrepancy that a reconciliation emits: code, severity and meaning.

Codes missing from the run R01..R18 need data that the ledger does not hold (reservations, expiry
lots, returned shares) and are not emitted.
"""

from typing import Literal, NamedTuple

# Part of every finding and of the sensor's run key: raise it whenever a rule changes, and the
# ledger is reconciled anew although none of its rows moved.
RULE_VERSION = "2"

Severity = Literal["ERROR", "WARN"]


class DiscrepancyClass(NamedTuple):
    """What a code means and how bad it is."""

    severity: Severity
    title: str


CLASSES: dict[str, DiscrepancyClass] = {
    "R01": DiscrepancyClass("ERROR", "balance differs from the sum of entries"),
    "R02": DiscrepancyClass("ERROR", "running balance below zero"),
    "R04": DiscrepancyClass("ERROR", "order or receipt credited twice"),
    "R05": DiscrepancyClass("ERROR", "completed order not credited within 24 hours"),
    "R06": DiscrepancyClass("ERROR", "credited amount is wrong"),
    "R07": DiscrepancyClass("ERROR", "credit for an order that never was completed"),
    "R13": DiscrepancyClass("ERROR", "till receipt with bonus but without its entry"),
    "R14": DiscrepancyClass("WARN", "till entry without a receipt"),
    "R17": DiscrepancyClass("WARN", "entry without account, or account without owner"),
    "R18": DiscrepancyClass("ERROR", "malformed entry"),
    "R19": DiscrepancyClass("ERROR", "entry of an unknown type"),
    "R20": DiscrepancyClass("ERROR", "more taken or given back than there was"),
}
