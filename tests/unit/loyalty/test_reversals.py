"""What is undone lawfully: taken back, given back, given again, none of it a fault."""

from decimal import Decimal

from omni_pipeline.loyalty.reconcile import reconcile
from tests.loyalty_shop import Shop, close


def test_what_is_undone_lawfully_is_no_fault() -> None:
    """Cancelled and taken back, given again; part of the goods back; a double credit repaired."""
    shop = Shop()
    account = shop.account()
    cancelled = shop.order(account, Decimal(1000), "F")
    cancelled["canceled"] = "Y"
    shop.entry(account, Decimal(-50), "reversal", "web", cancelled["id"])
    again = shop.order(account, Decimal(1000), "F")
    shop.entry(account, Decimal(-50), "reversal", "web", again["id"])
    shop.pass_hours(1)
    shop.entry(account, Decimal(50), "earn_online", "web", again["id"])
    part = shop.order(account, Decimal(1000), "F")
    shop.entry(account, Decimal(-30), "spend", "web", part["id"])
    part["price_e2"] = 700_00
    shop.entry(account, Decimal(-15), "reversal", "web", part["id"])
    shop.entry(account, Decimal(10), "refund_spend", "web", part["id"])
    shop.entry(account, Decimal(20), "refund_spend", "web", part["id"])
    doubled = shop.order(account, Decimal(1000), "F")
    shop.entry(account, Decimal(50), "earn_online", "web", doubled["id"])
    shop.entry(account, Decimal(-50), "reversal", "web", doubled["id"])
    returned = shop.order(account, Decimal(1000), "F")  # all goods came back, the status stays
    shop.pass_hours(1)
    shop.entry(account, Decimal(-50), "reversal", "web", returned["id"])
    undue = shop.order(account, Decimal(1000), "N")
    shop.entry(account, Decimal(50), "earn_online", "web", undue["id"])
    shop.entry(account, Decimal(-50), "reversal", "web", undue["id"])
    sale = shop.receipt(account, Decimal(5), Decimal(3))
    back = shop.receipt(account, Decimal(0), Decimal(0))
    back.update(kind="return", original_receipt_uid=sale["receipt_uid"])
    shop.entry(account, Decimal(-5), "reversal", "pos", back["id"])
    shop.entry(account, Decimal(3), "refund_spend", "pos", sale["id"])
    close(shop)
    assert reconcile(shop.ledger()).empty
