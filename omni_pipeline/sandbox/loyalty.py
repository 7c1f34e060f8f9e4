"""The bonus programme: accounts, the ledger, till receipts, and the faults planted in them.

Belongs here: bl_loyalty_account, bl_loyalty_transaction, bl_pos_receipt, planted_fault. The shop is
healthy: every order of a member that reaches F earns half-up 5 % once, every receipt with points
has its ledger row, and a balance is the sum of its ledger. Whatever breaks this is planted by
`faults.py`, once per account, and written down in the truth.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from omni_pipeline.sandbox import faults
from omni_pipeline.sandbox.engine import local
from omni_pipeline.sandbox.people import Account, Person, write_phone
from omni_pipeline.sandbox.state import SHOP_HOURS, World, money

if TYPE_CHECKING:
    from omni_pipeline.sandbox.orders import Order

LEAVES = 0.4  # share of purchases at a till that are a customer's last there


def earned(price: int) -> int:
    """Points for an order or a receipt of `price` kopecks: 5 %, half up, whole points."""
    return (price * 5 + 5_000) // 10_000


def open_account(world: World, person: Person, opened_at: int) -> str | None:
    """Open the person's account; returns the card number, or null for a virtual one."""
    if (
        person.account is not None
    ):  # the card came first, at the till; the site now learns its owner
        person.account.user_id = person.user_id
        world.update("bl_loyalty_account", person.account.id, user_id=person.user_id)
        return person.account.card
    has_card = person.user_id is None or person.rng.random() < 0.75
    card = f"29{world.plan.seed % 100:02d}{person.id:08d}" if has_card else None
    person.account = Account(world.next_id("account", 501), person.user_id, card)
    world.accounts.append(person.account)
    world.insert("bl_loyalty_account", account_row(person.account, opened_at))
    if card is not None:
        world.know(person, "CARD", card)
    return card


def stored_balance(account: Account) -> Decimal:
    return money((account.balance + account.drift) * 100)


def account_row(account: Account, opened_at: int) -> dict[str, object]:
    return {
        "id": account.id,
        "user_id": account.user_id,
        "card_number": account.card,
        "balance": stored_balance(account),
        "created_at": local(opened_at),
    }


def post(
    world: World, account: Account, points: int, kind: str, source: str, subject: int | None
) -> int:
    """Write one ledger row and move the balance with it; returns the row's id."""
    row = ledger_row(world, account.id, points, kind, source, subject)
    account.balance += points
    world.update("bl_loyalty_account", account.id, balance=stored_balance(account))
    return row


def ledger_row(
    world: World, account_id: int, points: int, kind: str, source: str, subject: int | None
) -> int:
    """A bare ledger row, with no account's balance behind it."""
    row = world.next_id("ledger")
    world.insert(
        "bl_loyalty_transaction",
        {
            "id": row,
            "account_id": account_id,
            "amount": money(points * 100),
            "type": kind,
            "order_id": subject,
            "source": source,
            "created_at": local(world.now),
        },
    )
    return row


def pay_with_points(world: World, person: Person, order: int, goods: int) -> int:
    """Sometimes pay part of a web order with points; returns the points."""
    account = person.account
    if account is None or account.user_id is None or person.rng.random() > 0.25:
        return 0
    points = min(account.balance, goods * 3 // 1_000)  # at most 30 % of the goods
    if points < 50:
        return 0
    post(world, account, -points, "spend", "web", order)
    return points


def give_points_back(world: World, order: "Order") -> None:
    """What was paid with points comes back with a cancelled order."""
    if order.bonus and order.person.account is not None:
        post(world, order.person.account, order.bonus, "refund_spend", "web", order.id)


def earn_online(world: World, order: "Order") -> None:
    """Points for an order that reached F, unless a fault wants it otherwise."""
    account = order.person.account
    points = earned(order.price)
    if account is None or account.user_id != order.user_id:
        faults.on_stranger_final(world, order.id, points)
        return
    if points == 0:
        return
    fault = faults.on_member_final(world, account)
    if fault == "R05":
        faults.plant(world, fault, "order", order.id, "points of a finished order never written")
        return
    row = post(
        world, account, points + (7 if fault == "R06" else 0), "earn_online", "web", order.id
    )
    if fault == "R06":
        faults.plant(world, fault, "transaction", row, "7 points too many")
    if fault == "R04":
        again = post(world, account, points, "earn_online", "web", order.id)
        faults.plant(world, fault, "transaction", again, "same order earned twice")


def fault_unfinished(world: World, order: "Order") -> None:
    """An order that will never reach F: a place for a premature earn."""
    account = order.person.account
    if account is None or account.user_id != order.user_id or order.price < 20_000:
        return
    if faults.take(world, "R07", account):
        row = post(world, account, earned(order.price), "earn_online", "web", order.id)
        faults.plant(world, "R07", "transaction", row, "order never reached F")


def expire(world: World, account: Account) -> None:
    """Burn a tenth of an old balance."""
    if account.balance >= 100 and not account.faulty:
        post(world, account, -(account.balance // 10), "expire", "web", None)


def go_to_store(world: World, person: Person) -> None:
    """A purchase at a till: with the card, with a telephone number, or as nobody."""
    rng = person.rng
    if rng.random() > LEAVES:
        at = world.later(rng, 1 / person.store_per_day, SHOP_HOURS)
        world.schedule(at, go_to_store, world, person)
    total = 9_900 + int(min(rng.lognormvariate(12.6, 0.8), 4_000_000))
    if person.account is None and person.loyal:
        open_account(world, person, world.now)
    account = person.account
    if account is None or account.card is None or rng.random() < 0.15:
        phone = rng.choice(person.phones) if rng.random() < 0.4 else None
        uid, _ = receipt(world, total, None, write_phone(rng, phone) if phone else None)
        if phone is None and rng.random() < 0.15:
            world.schedule(world.now + 86_000, receipt, world, total, None, None, 0, 0, uid)
        return
    phone = rng.choice(person.phones) if rng.random() < 0.5 else None
    if phone is not None:
        world.know(person, "PHONE", phone)
    typed = write_phone(rng, phone) if phone else None
    spend = min(account.balance, total * 3 // 1_000) if rng.random() < 0.3 else 0
    if spend >= 50:
        _, number = receipt(world, total - spend * 100, account.card, typed, spend=spend)
        post(world, account, -spend, "spend", "pos", number)
        return
    points = earned(total)
    _, number = receipt(world, total, account.card, typed, earn=points)
    post(world, account, points, "earn_offline", "pos", number)


def receipt(
    world: World,
    total: int,
    card: str | None,
    phone: str | None,
    spend: int = 0,
    earn: int = 0,
    returns: str | None = None,
) -> tuple[str, int]:
    """Close a receipt (a return if `returns` names the sale); gives its uid and id."""
    number = world.next_id("receipt", 70_001)
    uid = f"9960440300{number % 7:02d}-{number:06d}-{world.rng.randrange(10**10):010d}"
    world.insert(
        "bl_pos_receipt",
        {
            "id": number,
            "receipt_uid": uid,
            "store_id": f"store-{number % 3 + 1}",
            "till_id": f"till-{number % 7 + 1}",
            "shift_no": (world.now - world.plan.started_at) // 86_400 + 1,
            "receipt_no": number % 400 + 1,
            "closed_at": local(world.now),
            "kind": "return" if returns else "sale",
            "original_receipt_uid": returns,
            "total": money(total),
            "bonus_spent": money(spend * 100),
            "bonus_earned": money(earn * 100),
            "currency": "RUB",
            "card_number": card,
            "phone": phone,
        },
    )
    return uid, number
