"""Money of orders follows what is held: receipts, returns, prepayments, points.

Told and checked as in test_conversions.py.
"""

from tests.integration.journey.sales import (
    LEDGER,
    ORDERS,
    PAYMENTS,
    RECEIPTS,
    USERS,
    Sales,
)
from tests.integration.journey.test_conversions import assert_like_rebuild


def test_receipts_of_orders(shop: Sales) -> None:
    """A receipt that names an order is inside the order; so is what comes back to the till."""
    shop.put(USERS, 7, login="ivan")
    shop.put(ORDERS, 1, account_number="2", payed="N", price=900)
    shop.put(ORDERS, 2, account_number="77")
    shop.put(RECEIPTS, 10, receipt_uid="a", order_number="2", total=1000, bonus_spent=100)
    shop.put(RECEIPTS, 11, receipt_uid="b", order_number="nothing")
    shop.put(LEDGER, 1, order_id=1, amount=-100)
    shop.hour()
    # The number counts before the id; points are told by shop and till, and counted once.
    assert shop.money("order:1") == (1000, 0, 100, 900)
    assert shop.money("order:2") == (1000, 0, 0, 1000)
    assert shop.fact("receipt:a") is None
    assert shop.money("receipt:b") == (300, 0, 0, 300)

    shop.put(RECEIPTS, 12, receipt_uid="c", kind="return", original_receipt_uid="a", total=200)
    shop.put(RECEIPTS, 13, receipt_uid="d", kind="return", original_receipt_uid="b", total=50)
    shop.put(RECEIPTS, 14, receipt_uid="e", kind="return", original_receipt_uid="lost", total=5)
    shop.hour()
    assert shop.money("order:1") == (1000, 200, 100, 700)
    assert shop.money("receipt:b") == (300, 50, 0, 250)
    assert shop.refused("receipt:e#14") == "return without its sale"
    assert_like_rebuild(shop)

    shop.put(ORDERS, 1, account_number="3")  # now the id of the other order bears the name
    shop.put(RECEIPTS, 15, receipt_uid="lost", total=60)
    shop.put(RECEIPTS, 16, receipt_uid="b")
    shop.put(RECEIPTS, 13, currency="EUR")
    shop.hour()
    assert shop.money("order:1") == (1000, 0, 100, 0)  # unpaid, nothing says otherwise
    assert shop.money("order:2") == (1000, 200, 100, 700)
    assert shop.money("receipt:lost") == (60, 5, 0, 55)
    assert shop.refused("receipt:e#14") is None
    assert shop.refused("receipt:b#16") == "receipt sent twice"
    assert shop.refused("receipt:b") == "refund in another currency"
    assert_like_rebuild(shop)

    shop.drop(ORDERS, 2)
    shop.drop(RECEIPTS, 11)
    shop.drop(LEDGER, 1)
    shop.hour()
    assert shop.money("receipt:a") == (1000, 200, 100, 700)
    assert shop.refused("receipt:b#16") is None
    assert shop.money("receipt:b") is None or shop.refused("receipt:b") is None
    assert_like_rebuild(shop)


def test_money_follows_what_is_held(shop: Sales) -> None:
    """Prepaid, paid, partly returned, cancelled, returned: the order's own hour follows."""
    shop.put(USERS, 7, login="ivan")
    shop.put(ORDERS, 1, payed="N", sum_paid=50, price=100)
    shop.put(PAYMENTS, 1, order_id=1, sum=50)
    shop.put(PAYMENTS, 2, order_id=1, sum=50, paid="N")
    shop.put(ORDERS, 2, payed="N", sum_paid=40, price=100)  # its payments may not be read
    shop.hour()
    assert shop.money("order:1") == (100, 0, 0, 50)
    assert shop.money("order:2") == (100, 0, 0, 40)
    placed = shop.fact("order:1")
    assert placed
    assert placed["is_paid"] is True
    assert placed["is_first"] is True

    shop.put(ORDERS, 1, payed="N", sum_paid=70, date_update="2026-05-03 10:00:00", price=100)
    shop.put(PAYMENTS, 1, order_id=1, sum=70)
    shop.put(PAYMENTS, 2, order_id=1, sum=30, paid="N", is_return="P")
    shop.hour()
    returned = shop.fact("order:1")
    assert returned
    assert shop.money("order:1") == (100, 30, 0, 70)
    assert returned["received_kopecks"] == 100_00
    assert returned["at"] == placed["at"]  # two months later, in the hour of the order

    shop.put(ORDERS, 1, canceled="Y", payed="N", sum_paid=70, price=100)
    shop.hour()
    held = shop.fact("order:1")
    assert held
    assert shop.money("order:1") == (100, 30, 0, 70)  # the customer's money is still here
    assert (held["is_paid"], held["sequence_no"]) == (True, None)
    assert_like_rebuild(shop)

    shop.put(PAYMENTS, 1, order_id=1, sum=70, paid="N", is_return="Y")
    shop.hour()
    gone = shop.fact("order:1")
    assert gone
    assert shop.money("order:1") == (100, 100, 0, 0)
    assert gone["is_paid"] is False
    assert_like_rebuild(shop)


def test_points_given_back_are_not_spent(shop: Sales) -> None:
    """Points alone buy; what they bought is bought no more when they all came back."""
    shop.put(USERS, 7, login="ivan")
    shop.put(ORDERS, 1, price=0, payed="N")
    shop.put(LEDGER, 1, order_id=1, amount=-100)
    shop.hour()
    assert shop.money("order:1") == (100, 0, 100, 0)
    assert (shop.fact("order:1") or {})["is_paid"] is True

    shop.put(LEDGER, 2, order_id=1, amount=100, type="refund_spend")
    shop.put(LEDGER, 3, order_id=1, amount=-5, type="reversal")
    shop.hour()
    assert shop.money("order:1") == (0, 0, 0, 0)
    assert (shop.fact("order:1") or {})["is_paid"] is False
    assert_like_rebuild(shop)
