"""Faults in what undoes an entry of the ledger: each takes a shop and a fresh account, plants one
fault and names its finding; as those in tests/unit/loyalty/test_reconcile.py, which runs them."""

from decimal import Decimal

from tests.loyalty_shop import Row, Shop, status_change

Subject = tuple[str, str, str]


def plant_r18_reversal_gives(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "F")
    entry = shop.entry(account, Decimal(50), "reversal", "web", order["id"])
    return ("R18", "transaction", str(entry["id"]))


def plant_r18_refund_takes(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "F")
    shop.entry(account, Decimal(-20), "spend", "web", order["id"])
    entry = shop.entry(account, Decimal(-20), "refund_spend", "web", order["id"])
    return ("R18", "transaction", str(entry["id"]))


def plant_r05_taken_back_and_completed_again(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "F")
    shop.pass_hours(1)
    shop.entry(account, Decimal(-50), "reversal", "web", order["id"])
    shop.pass_hours(1)
    order.update(status_at=shop.now, updated_at=shop.now)
    shop.change(order, "ORDER_STATUS_CHANGED", status_change("F", "P"))
    return ("R05", "order", str(order["id"]))


def plant_r05_taken_back_though_paid(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "F")
    shop.entry(account, Decimal(-50), "reversal", "web", order["id"])
    order["payed"] = "Y"
    return ("R05", "order", str(order["id"]))


def plant_r19(shop: Shop, account: Row) -> Subject:
    entry = shop.entry(account, Decimal(50), "refund", "web", 500)
    return ("R19", "transaction", str(entry["id"]))


def plant_r19_spelling(shop: Shop, account: Row) -> Subject:
    shop.entry(account, Decimal(50), "earn_online", "web")
    entry = shop.entry(account, Decimal(-50), "Spend", "web")
    return ("R19", "transaction", str(entry["id"]))


def plant_r20_too_much(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(2000), "F")
    shop.order(account, Decimal(1000), "F")
    entry = shop.entry(account, Decimal(-101), "reversal", "web", order["id"])
    order["canceled"] = "Y"
    return ("R20", "transaction", str(entry["id"]))


def plant_r20_of_another_order(shop: Shop, account: Row) -> Subject:
    shop.order(account, Decimal(1000), "F")
    other = shop.order(account, Decimal(1000), "N")
    entry = shop.entry(account, Decimal(-50), "reversal", "web", other["id"])
    return ("R20", "transaction", str(entry["id"]))


def plant_r20_twice(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "F")
    shop.order(account, Decimal(1000), "F")
    order["canceled"] = "Y"
    shop.entry(account, Decimal(-50), "reversal", "web", order["id"])
    shop.pass_hours(1)
    entry = shop.entry(account, Decimal(-50), "reversal", "web", order["id"])
    return ("R20", "transaction", str(entry["id"]))


def plant_r20_refund_of_nothing(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "N")
    entry = shop.entry(account, Decimal(50), "refund_spend", "web", order["id"])
    return ("R20", "transaction", str(entry["id"]))


def plant_r20_refund_after_partial_refund(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "F")
    shop.entry(account, Decimal(-40), "spend", "web", order["id"])
    shop.entry(account, Decimal(30), "refund_spend", "web", order["id"])
    entry = shop.entry(account, Decimal(11), "refund_spend", "web", order["id"])
    return ("R20", "transaction", str(entry["id"]))
