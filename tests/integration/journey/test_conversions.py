"""Conversions follow what arrives as a rebuild would: links that move, returns, archives, rates.

The hours of a told story are checked twice: against what a shop keeper would say, and against a
rebuild, row for row. The stories share a warehouse, one shop after the other. Random ones of whole
worlds are in tests/replay.
"""

from tests.integration.journey.sales import (
    ARCHIVE,
    DEALS,
    LEADS,
    ORDERS,
    PAYMENTS,
    PROPERTIES,
    RECEIPTS,
    STAGES,
    USERS,
    VALUES,
    Sales,
)


def assert_like_rebuild(shop: Sales) -> None:
    assert shop.differences_to_rebuild(by_flag=True) == []


def test_links_of_orders_and_deals(shop: Sales) -> None:
    """A deal follows its order's name from order to order, and stands alone when it has none."""
    shop.put(USERS, 7, login="ivan")
    for order in (1, 2, 5):
        shop.put(ORDERS, order, account_number=f"N-{order}")
    shop.put(DEALS, 10, origin_id="1")
    shop.put(DEALS, 11, origin_id="N-1")
    shop.put(DEALS, 12, origin_id="404", contact_id=3)
    shop.hour()
    assert [shop.fact(f"order:{n}")["deal_id"] for n in (1, 2)] == [10, None]  # type: ignore[index]
    assert shop.fact("deal:10") is None
    assert shop.money("deal:12") == (500, 0, 0, 500)

    shop.put(DEALS, 10, origin_id="N-2")  # from the first order to the second
    shop.put(STAGES, 1, owner_id=12, created_time="2026-03-01T10:00:00+03:00")
    shop.hour()
    assert [shop.fact(f"order:{n}")["deal_id"] for n in (1, 2)] == [11, 10]  # type: ignore[index]
    assert str(shop.fact("deal:12")["at"]).startswith("2026-03-01 07:00")  # type: ignore[index]

    shop.drop(ORDERS, 2)  # its deal becomes a conversion of its own
    shop.put(ORDERS, 404, account_number=None)  # and this one loses its own
    shop.put(ORDERS, 5, account_number="N-1")  # two orders of one number: the lower id has it
    shop.hour()
    assert shop.fact("order:2") is None
    assert shop.money("deal:10") == (500, 0, 0, 500)
    assert shop.fact("deal:12") is None
    assert shop.fact("order:404")["deal_id"] == 12  # type: ignore[index]
    assert_like_rebuild(shop)

    shop.put(ORDERS, 1, account_number="N-0")
    shop.drop(DEALS, 12)
    shop.hour()
    assert [shop.fact(f"order:{n}")["deal_id"] for n in (1, 5)] == [None, 11]  # type: ignore[index]
    assert_like_rebuild(shop)


def test_a_won_deal_moves_on_to_another_funnel(shop: Sales) -> None:
    """It stays sold since it was won, though the portal forgets it, until it is lost or deleted."""
    alone = {"originator_id": None, "category_id": 0}
    for deal in (120, 121, 122):
        shop.put(DEALS, deal, **alone, opportunity=77_777)
        won = f"2026-03-0{deal - 117}T10:00:00+03:00"
        shop.put(STAGES, deal, owner_id=deal, category_id=0, created_time=won)
    day = {"date_create": "2026-03-02T12:00:00+03:00", "closed": "Y"}
    shop.put(DEALS, 123, **alone, **day, closedate="2026-03-02T03:00:00+03:00")
    shop.hour()
    assert shop.money("deal:120") == (77_777, 0, 0, 77_777)
    # Closed on the day it was made: not before that.
    assert str(shop.fact("deal:123")["at"]) == "2026-03-02 09:00:00+00:00"  # type: ignore[index]

    moved = {"category_id": 5, "stage_id": "C5:NEW", "stage_semantic_id": "P"}
    for deal in (120, 121):
        shop.put(DEALS, deal, **moved)
        shop.put(
            STAGES, deal + 100, owner_id=deal, **moved, created_time="2026-03-10T10:00:00+03:00"
        )
        shop.drop(STAGES, deal)  # the portal shows the present funnel only
    shop.put(DEALS, 122, stage_id="NEW", stage_semantic_id="P")  # opened again where it was won
    reopened = {"stage_semantic_id": "P", "stage_id": "NEW", "category_id": 0}
    shop.put(STAGES, 222, owner_id=122, **reopened, created_time="2026-03-10T10:00:00+03:00")
    shop.hour()
    for deal, hour in ((120, "2026-03-03 07:00"), (121, "2026-03-04 07:00")):
        fact = shop.fact(f"deal:{deal}")
        assert fact
        assert str(fact["at"]).startswith(hour)
        assert fact["revenue_kopecks"] == 77_777_00
        assert fact["status"] == "C5:NEW"
    assert shop.fact("deal:122") is None
    assert_like_rebuild(shop)

    shop.put(DEALS, 120, stage_id="C5:LOSE", stage_semantic_id="F")
    shop.drop(DEALS, 121)
    shop.hour()
    assert shop.fact("deal:120") is None
    assert shop.fact("deal:121") is None
    assert_like_rebuild(shop)


def test_archived_and_deleted_orders(shop: Sales) -> None:
    """An archived order keeps what it had; a deleted one leaves, and so do its payments."""
    shop.put(USERS, 9, external_auth_id="saleanonymous")  # once technical, always technical
    shop.put(PROPERTIES, 1, code="PHONE", is_phone="Y", is_email="N")
    for order in (1, 2):
        shop.put(ORDERS, order, price_delivery=100, user_id=9, account_number=f"N-{order}")
        shop.put(VALUES, order, order_id=order, order_props_id=1, value=f"+7916000000{order}")
        shop.put(USERS, order, personal_phone=f"+7916000000{order}")
        shop.put(PAYMENTS, order, order_id=order, sum=400, is_return="Y")
    shop.put(DEALS, 10, origin_id="1")
    shop.hour()
    before = shop.fact("order:1")
    assert before
    assert before["customer_uuid"]
    assert before["refund_kopecks"] == 400_00

    shop.put(ARCHIVE, 1, order_id=1, user_id=9, account_number="N-1", status_id="N")
    shop.hour()
    for order in (1, 2):
        for table in (ORDERS, VALUES, PAYMENTS):
            shop.drop(table, order)
    shop.hour()
    after = shop.fact("order:1")
    assert after
    assert {**after, "seq": 0} == {**before, "seq": 0}
    assert shop.fact("order:2") is None
    assert shop.fact("deal:10") is None
    assert_like_rebuild(shop)

    shop.drop(ARCHIVE, 1)
    shop.hour()
    assert shop.fact("order:1") is None
    assert shop.money("deal:10") == (500, 0, 0, 500)
    assert_like_rebuild(shop)


def test_of_an_order_archived_twice_the_latest_counts(shop: Sales) -> None:
    """Both copies are as new as the order's removal; only the day of the move tells them apart."""
    shop.put(ORDERS, 61)
    for archived, day, price in ((61, 9, 800), (62, 5, 700), (63, 9, 850), (64, 7, 900)):
        moved = f"2026-03-0{day} 12:00:00"
        shop.put(ARCHIVE, archived, order_id=61, date_archived=moved, price=price)
    shop.drop(ORDERS, 61)
    shop.hour()
    assert shop.money("order:61") == (850, 0, 0, 850)
    assert_like_rebuild(shop)


def test_an_archived_number_still_counts(shop: Sales) -> None:
    """Deals and receipts that name an order as its archived copy does stay with it."""
    shop.put(USERS, 7, login="ivan")
    shop.put(ORDERS, 31, account_number="N-31", currency="USD")
    shop.put(ARCHIVE, 31, order_id=31, account_number="N-31", status_id="N")
    shop.put(DEALS, 10, origin_id="N-31")
    shop.put(RECEIPTS, 10, receipt_uid="a", order_number="N-31")
    shop.hour()
    shop.put(ORDERS, 31, account_number="N-35")
    shop.hour()
    shop.put(PAYMENTS, 31, order_id=31)  # the order changes without a word about its names
    shop.hour()
    assert shop.fact("deal:10") is None
    assert shop.refused("order:31") == "receipt in another currency"
    assert_like_rebuild(shop)


def test_rates_customers_and_numbers(shop: Sales) -> None:
    """A missing rate holds a row back; the purchases of everybody concerned are numbered anew."""
    shop.put(USERS, 7, login="ivan")
    shop.put(ORDERS, 1, date_insert="2026-03-01 10:00:00")
    shop.put(ORDERS, 2, date_insert="2026-03-02 10:00:00", currency="GBP")
    shop.put(ORDERS, 3, date_insert="2026-03-03 10:00:00")
    shop.put(ORDERS, 4, date_insert="2026-03-04 10:00:00", user_id=8)
    shop.put(LEADS, 1, contact_id=5)
    shop.hour()
    assert shop.refused("order:2") == "no exchange rate"
    assert numbers(shop) == {1: 1, 2: None, 3: 2, 4: None}  # account 8 has not arrived

    rates = shop.project.rows("exchange_rates")
    shop.edit(
        "exchange_rates", [*rates, {"currency": "GBP", "valid_from": "2026-01-01", "rate": 100}]
    )
    shop.put(USERS, 8, login="olga")
    shop.hour()
    assert shop.refused("order:2") is None
    assert shop.money("order:2") == (100_000, 0, 0, 100_000)
    margins = {n: (shop.fact(f"order:{n}") or {})["margin_kopecks"] for n in (1, 2, 3)}
    assert margins == {1: 30_000, 2: 3_000_000, 3: 25_000}  # of the brand on that day
    assert numbers(shop) == {1: 1, 2: 2, 3: 3, 4: 1}
    assert_like_rebuild(shop)

    shop.put(ORDERS, 1, canceled="Y")
    shop.put(ORDERS, 2, user_id=8)
    shop.hour()
    assert numbers(shop) == {1: None, 2: 1, 3: 1, 4: 2}

    for user in (7, 8):  # one person after all
        shop.put(USERS, user, email="ivan@shop.example.org")
    shop.hour()
    assert numbers(shop) == {1: None, 2: 1, 3: 2, 4: 3}

    shop.build()  # nothing new
    assert_like_rebuild(shop)


def numbers(shop: Sales) -> dict[int, int | None]:
    """The places of the first four orders among the purchases of their customers."""
    facts = {order: shop.fact(f"order:{order}") for order in range(1, 5)}
    return {order: fact["sequence_no"] if fact else None for order, fact in facts.items()}
