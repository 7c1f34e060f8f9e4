"""Site orders from the first click to the last status, as 1C-Bitrix records them.

Belongs here: b_sale_order with its properties, payments and change log; b_sale_basket lines once
they belong to an order. Does not belong here: bonuses (`loyalty.py`), deals (`crm.py`).
"""

from dataclasses import dataclass, field
from typing import Any

from omni_pipeline.sandbox import catalogue, crm, letters, loyalty
from omni_pipeline.sandbox.engine import DAY, HOUR, MINUTE, ZERO_DATE, local
from omni_pipeline.sandbox.order_form import fill_in
from omni_pipeline.sandbox.people import Fuser, Person
from omni_pipeline.sandbox.state import ANONYMOUS_USER, STAFF, World, money

HANDED_OVER = 0.985  # share of orders that the exchange of site and CRM takes


@dataclass
class Order:
    """An order while it lives. `bonus` is what was paid with points; amounts in kopecks."""

    id: int
    person: Person
    user_id: int
    price: int
    bonus: int
    currency: str = "RUB"
    is_paid: bool = False
    part_id: int = 0
    status: str = "N"
    deal_id: int | None = None
    payment_id: int = 0
    email: str | None = None
    was_final: bool = False
    properties: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)


def place(world: World, person: Person, fuser: Fuser, manager: int | None = None) -> None:
    """Turn the cart of `fuser` into an order; `manager` is set when one takes it by telephone."""
    rng = person.rng
    user_id = person.user_id if person.user_id is not None else ANONYMOUS_USER
    currency, worth = catalogue.currency_of(person, user_id)
    # Abroad the catalogue's prices at the rate of the day, in round units.
    prices = [
        (kopecks if worth == 1 else round(kopecks / worth, -2), quantity)
        for kopecks, quantity in fuser.prices
    ]
    goods = round(sum(kopecks * quantity for kopecks, quantity in prices))
    delivery = round((0 if goods * worth > 500_000 else rng.choice((0, 29_900, 49_950))) / worth)
    number = world.next_id("order", 10_001)
    bonus = (
        loyalty.pay_with_points(world, person, number, goods)
        if user_id == person.user_id and worth == 1
        else 0
    )
    order = Order(number, person, user_id, goods + delivery - bonus * 100, bonus, currency)
    legal = person.works_at is not None
    world.insert(
        "b_sale_order",
        {
            "id": number,
            "lid": catalogue.site_of(world, person),
            "account_number": f"{number}/{world.now % 97}",
            "person_type_id": 2 if legal else 1,
            "user_id": user_id,
            "status_id": "N",
            "date_status": local(world.now),
            "emp_status_id": None,
            "payed": "N",
            "date_payed": None,
            "canceled": "N",
            "date_canceled": None if number % 29 else ZERO_DATE,
            "reason_canceled": None,
            "price": money(order.price),
            "price_delivery": money(delivery),
            "discount_value": money(bonus * 100),
            "tax_value": money(0),
            "sum_paid": money(0),
            "currency": currency,
            "date_insert": local(world.now),
            "date_update": local(world.now),
            "created_by": manager or user_id,
            "responsible_id": manager,
            "user_description": rng.choice(("", "", "Позвоните заранее 🙏", "Домофон не работает")),
            "external_order": "N",
            "xml_id": f"bx_{world.rng.getrandbits(48):012x}",
            "id_1c": None,
            "running": "N",
        },
    )
    for line, (kopecks, _) in zip(fuser.cart, prices, strict=True):
        price = money(round(kopecks))
        abroad = {} if worth == 1 else {"price": price, "base_price": price, "discount_price": 0}
        world.update(
            "b_sale_basket",
            line,
            order_id=number,
            currency=currency,
            date_update=local(world.now),
            **abroad,
        )
    order.lines, fuser.cart, fuser.prices = fuser.cart, [], []
    phone_known = fill_in(world, order, legal)
    order.payment_id = world.next_id("payment")
    world.insert("b_sale_order_payment", _payment(order, currency))
    _log(world, order, "ORDER_ADDED", "a:0:{}")
    letters.order_letter(world, order.person, order.email, number, "order_new")
    if rng.random() < HANDED_OVER:
        pause = 30 + int(rng.random() * 150)
        world.schedule(world.now + pause, crm.order_to_deal, world, order, phone_known)
    _decide(world, order, manager is not None)


def _payment(order: Order, currency: str) -> dict[str, Any]:
    return {
        "id": order.payment_id,
        "order_id": order.id,
        "account_number": f"{order.id}/1",
        "paid": "N",
        "date_paid": None,
        "pay_system_id": 4,
        "pay_system_name": "Банковская карта",
        "sum": money(order.price),
        "currency": currency,
        "is_return": "N",
        "pay_return_date": None if order.id % 31 else ZERO_DATE,
    }


def _decide(world: World, order: Order, by_phone: bool) -> None:
    """Draw the order's fate now and put its steps on the calendar."""
    rng, now = order.person.rng, world.now
    draw = rng.random()
    if order.person.account is None and rng.random() < 0.02:  # a mistake or a test
        world.schedule(now + HOUR + int(rng.random() * 2 * DAY), remove, world, order)
        return
    pays_at = now + (10 * MINUTE if not by_phone else HOUR) + int(rng.expovariate(1 / (3 * HOUR)))
    if draw < 0.12:
        if draw < 0.04:  # paid, then cancelled: the money goes back
            world.schedule(pays_at, pay, world, order)
        world.schedule(pays_at + HOUR + int(rng.random() * 2 * DAY), cancel, world, order)
        return
    if draw < 0.17:  # forgotten: never final, and never cancelled
        world.schedule(now + DAY, set_status, world, order, "W")
        world.schedule(now + DAY + HOUR, loyalty.fault_unfinished, world, order)
        return
    ends_at = pays_at + DAY + int(rng.expovariate(1 / (2 * DAY)))
    if rng.random() < 0.75:
        world.schedule(pays_at, pay, world, order)
    else:  # cash on delivery
        world.schedule(ends_at - 60, pay, world, order)
    world.schedule(pays_at + 5 * HOUR, set_status, world, order, "P")
    world.schedule(ends_at, set_status, world, order, "F")
    if draw < 0.2:  # reopened by a manager and finished again
        world.schedule(ends_at + 2 * HOUR, set_status, world, order, "P")
        world.schedule(ends_at + 5 * HOUR, set_status, world, order, "F")
    elif draw < 0.23 and order.person.account is None:
        world.schedule(ends_at + 3 * DAY + 1, give_back, world, order)


def set_status(world: World, order: Order, status: str) -> None:
    """Move to a status; the first entry into F earns points."""
    former, order.status = order.status, status
    if former == status:
        return
    world.update(
        "b_sale_order",
        order.id,
        status_id=status,
        date_status=local(world.now),
        emp_status_id=STAFF[1],
        date_update=local(world.now),
    )
    _log(world, order, "ORDER_STATUS_CHANGED", status_change(status, former))
    if order.deal_id is not None:
        world.schedule(world.now + 40, crm.follow_order, world, order.deal_id, status)
    if status == "F" and not order.was_final:
        order.was_final = True
        loyalty.earn_online(world, order)
        letters.order_letter(world, order.person, order.email, order.id, "order_done")


def status_change(status: str, former: str) -> str:
    """PHP-serialized data of a status change, as the order history stores it."""
    return f'a:2:{{s:9:"STATUS_ID";s:1:"{status}";s:13:"OLD_STATUS_ID";s:1:"{former}";}}'


def pay(world: World, order: Order) -> None:
    now, order.is_paid = local(world.now), True
    world.update("b_sale_order_payment", order.payment_id, paid="Y", date_paid=now)
    world.update(
        "b_sale_order",
        order.id,
        payed="Y",
        date_payed=now,
        sum_paid=money(order.price),
        date_update=now,
    )
    _log(world, order, "PAYMENT_PAID", "a:0:{}", "PAYMENT", order.payment_id)


def cancel(world: World, order: Order) -> None:
    now = local(world.now)
    world.update(
        "b_sale_order",
        order.id,
        canceled="Y",
        date_canceled=now,
        reason_canceled=order.person.rng.choice(("Передумал", "Нет в наличии", "")),
        payed="N",
        sum_paid=money(0),
        date_update=now,
    )
    if order.is_paid:
        _give_money_back(world, order)
    loyalty.give_points_back(world, order)
    _log(world, order, "ORDER_CANCELED", 'a:1:{s:8:"CANCELED";s:1:"Y";}')
    if order.deal_id is not None:
        world.schedule(world.now + 40, crm.follow_order, world, order.deal_id, "cancelled")


def give_back(world: World, order: Order) -> None:
    """The goods of a finished order come back, of every third order a part of them.

    The shop returns payments whole, so a part is split off and returned: PAYED becomes N anyway.
    """
    part = order.price * 3 // 10 if order.id % 3 == 0 else 0
    if part:
        kept = order.price - part
        world.update("b_sale_order_payment", order.payment_id, sum=money(kept))
        order.part_id = world.next_id("payment")
        split = _payment(order, order.currency) | {"id": order.part_id, "sum": money(part)}
        world.insert("b_sale_order_payment", split)
        _give_money_back(world, order, order.part_id)
    else:
        _give_money_back(world, order)
    world.update(
        "b_sale_order",
        order.id,
        payed="N",
        sum_paid=money(order.price - part if part else 0),
        date_update=local(world.now),
    )
    _log(world, order, "PAYMENT_RETURN", "a:0:{}", "PAYMENT", order.payment_id)


def _give_money_back(world: World, order: Order, payment: int | None = None) -> None:
    now = local(world.now)
    number = payment or order.payment_id
    world.update("b_sale_order_payment", number, paid="N", is_return="Y", pay_return_date=now)


def remove(world: World, order: Order) -> None:
    """Delete the order with all it owns, as the shop does: nothing is left to read."""
    for number in order.properties:
        world.delete("b_sale_order_props_value", number)
    for number in order.lines:
        world.delete("b_sale_basket", number)
    for number in order.changes:
        world.delete("b_sale_order_change", number)
    world.delete("b_sale_order_payment", order.payment_id)
    if order.part_id:
        world.delete("b_sale_order_payment", order.part_id)
    world.delete("b_sale_order", order.id)


def _log(
    world: World,
    order: Order,
    kind: str,
    data: str,
    entity: str = "ORDER",
    entity_id: int | None = None,
) -> None:
    number = world.next_id("change")
    order.changes.append(number)
    world.insert(
        "b_sale_order_change",
        {
            "id": number,
            "order_id": order.id,
            "type": kind,
            "data": data,
            "date_create": local(world.now),
            "date_modify": local(world.now),
            "user_id": STAFF[1],
            "entity": entity,
            "entity_id": entity_id or order.id,
        },
    )
