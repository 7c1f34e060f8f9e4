"""Faults planted in the loyalty ledger, each on an otherwise clean account, each written down.

Belongs here: what is still to be planted, when it may be, and the faults that need no occasion.
Codes and subjects are those of the reconciliation rules; one planted fault makes one finding.
Faults belong to the initial history: those younger than its last two fifths are never planted, so
that no deadline of a rule (24 hours for an earn, 72 for a till upload) hides them.
"""

from omni_pipeline.sandbox import loyalty
from omni_pipeline.sandbox.engine import DAY
from omni_pipeline.sandbox.people import Account
from omni_pipeline.sandbox.state import World

CODES = ("R01", "R02", "R04", "R05", "R06", "R07", "R13", "R14", "R17")
_OPENS, _CLOSES = 0.2, 0.6  # share of the initial history in which faults may be planted
NOWHERE = 990_000  # ids of accounts and receipts that do not exist


def prepare(world: World) -> None:
    """Put the faults on the calendar: three of each code, one in a small world."""
    plan = world.plan
    each = 3 if plan.people >= 600 else 1
    world.pending_faults = dict.fromkeys(CODES, each) | {"R17": each - 1}
    for n in range(each):
        for place, code in enumerate(("R01", "R02", "R13", "R14")):
            share = _OPENS + 0.2 + (0.04 * n + 0.01 * place)
            at = plan.started_at + int(plan.days * DAY * share)
            world.schedule(at, _plant_now, world, code)
    world.schedule(plan.started_at + int(plan.days * DAY * 0.3), _plant_nobodys_account, world)


def in_season(world: World) -> bool:
    share = (world.now - world.plan.started_at) / (world.plan.days * DAY)
    return _OPENS <= share < _CLOSES


def take(world: World, code: str, account: Account | None) -> bool:
    """Whether this fault is to be planted here and now; reserves the account for it."""
    if world.pending_faults.get(code, 0) <= 0 or not in_season(world):
        return False
    if account is not None:
        if account.faulty:
            return False
        account.faulty = True
    world.pending_faults[code] -= 1
    return True


def plant(world: World, code: str, subject_type: str, subject_id: object, note: str) -> None:
    world.insert(
        "planted_fault",
        {"code": code, "subject_type": subject_type, "subject_id": str(subject_id), "note": note},
    )


def on_member_final(world: World, account: Account) -> str | None:
    """Code of the fault to plant on a member's order that reaches F now, if any."""
    for code in ("R05", "R04", "R06"):
        if take(world, code, account):
            return code
    return None


def on_stranger_final(world: World, order: int, points: int) -> None:
    """An order of somebody without an account: its points may go to one that is not there."""
    if points > 0 and take(world, "R17", None):
        row = loyalty.ledger_row(world, NOWHERE + order, points, "earn_online", "web", order)
        plant(world, "R17", "transaction", row, "no such account")


def _plant_nobodys_account(world: World) -> None:
    account = Account(world.next_id("account", 501), None, None, faulty=True)
    world.insert("bl_loyalty_account", loyalty.account_row(account, world.now))
    plant(world, "R17", "account", account.id, "neither user nor card")


def _plant_now(world: World, code: str) -> None:
    """Plant a fault that needs no order, on a random clean account with a card."""
    clean = [a for a in world.accounts if a.card is not None and not a.faulty]
    if not clean:  # nobody has a card yet: try again later, while faults are in season
        if in_season(world):
            world.schedule(world.now + DAY // 4, _plant_now, world, code)
        return
    account = world.rng.choice(clean)
    if not take(world, code, account):
        return
    if code == "R01":
        account.drift = 100
        stored = loyalty.stored_balance(account)
        world.update("bl_loyalty_account", account.id, balance=stored)
        plant(world, code, "account", account.id, "balance 100 above the ledger")
    elif code == "R02":
        spend = account.balance + 60
        _, number = loyalty.receipt(world, 250_000, account.card, None, spend=spend)
        loyalty.post(world, account, -spend, "spend", "pos", number)
        plant(world, code, "account", account.id, "60 points more spent than there were")
    elif code == "R13":
        uid, _ = loyalty.receipt(world, 120_000, account.card, None, earn=60)
        plant(world, code, "receipt", uid, "till receipt without its ledger row")
    else:
        number = NOWHERE + world.rng.randrange(1_000, 9_999)
        row = loyalty.post(world, account, 45, "earn_offline", "pos", number)
        plant(world, code, "transaction", row, "no such till receipt")
