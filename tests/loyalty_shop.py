"""A healthy shop with a loyalty programme, in memory: what it does to the frames of a `Ledger`."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from omni_pipeline.loyalty.ledger import Ledger, frame

START = datetime(2026, 1, 1)
Row = dict[str, Any]


def status_change(new: str, old: str) -> str:
    return f'a:2:{{s:9:"STATUS_ID";s:1:"{new}";s:13:"OLD_STATUS_ID";s:1:"{old}";}}'


def points(price: Decimal) -> Decimal:
    """The rule as its author would check it by hand, apart from the code under test."""
    return (price * Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_UP)


@dataclass
class Shop:
    """A healthy shop: every method does what the shop does, balances included."""

    now: datetime = START
    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {
            name: [] for name in ("accounts", "transactions", "orders", "order_changes", "receipts")
        }
    )

    def pass_hours(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    def account(self, *, user: bool = True, card: bool = True) -> Row:
        number = len(self.rows["accounts"]) + 1
        row = {
            "id": number,
            "user_id": 1000 + number if user else 0,
            "card_number": f"77{number:06}" if card else None,
            "balance_e2": 0,
            "created_at": self.now,
        }
        self.rows["accounts"].append(row)
        return row

    def entry(self, account: Row, amount: Decimal, kind: str, source: str, order: int = 0) -> Row:
        row = {
            "id": len(self.rows["transactions"]) + 1,
            "account_id": account["id"],
            "amount_e2": int(amount * 100),
            "type": kind,
            "order_id": order,
            "source": source,
            "created_at": self.now,
        }
        self.rows["transactions"].append(row)
        account["balance_e2"] += row["amount_e2"]
        return row

    def order(self, account: Row, price: Decimal, statuses: str, *, logged: bool = True) -> Row:
        """An order going through one-letter statuses; F credits it the first time."""
        row = {
            "id": 500 + len(self.rows["orders"]),
            "user_id": account["user_id"],
            "status_id": statuses[-1],
            "canceled": "N",
            "price_e2": int(price * 100),
            "status_at": self.now,
            "updated_at": self.now,
            "is_deleted": False,
        }
        self.rows["orders"].append(row)
        for old, new in zip("N" + statuses, statuses, strict=False):
            if logged:
                self.change(row, "ORDER_STATUS_CHANGED", status_change(new, old))
        if "F" in statuses and account["user_id"]:
            self.entry(account, points(price), "earn_online", "web", row["id"])
        return row

    def change(self, order: Row, kind: str, data: str) -> None:
        self.rows["order_changes"].append(
            {"order_id": order["id"], "type": kind, "data": data, "created_at": self.now}
        )

    def receipt(self, account: Row, earned: Decimal, spent: Decimal) -> Row:
        number = len(self.rows["receipts"]) + 1
        row = {
            "id": number,
            "receipt_uid": f"till-1/{number}",
            "kind": "sale",
            "bonus_spent_e2": int(spent * 100),
            "bonus_earned_e2": int(earned * 100),
            "card_number": account["card_number"],
            "closed_at": self.now,
        }
        self.rows["receipts"].append(row)
        if spent:
            self.entry(account, -spent, "spend", "pos", number)
        if earned:
            self.entry(account, earned, "earn_offline", "pos", number)
        return row

    def remove(self, account: Row, entry: Row) -> None:
        self.rows["transactions"].remove(entry)
        account["balance_e2"] -= entry["amount_e2"]

    def ledger(self, **options: Any) -> Ledger:
        frames: dict[str, Any] = {name: frame(name, rows) for name, rows in self.rows.items()}
        return Ledger(**frames, **options)


def clean_shop(seed: int) -> Shop:
    """A shop of about 40 accounts with everything that is unusual but right."""
    rng, shop = random.Random(seed), Shop()
    for number in range(40):
        account = shop.account(user=number % 5 != 0, card=number % 5 != 1)
        for _ in range(rng.randrange(8)):
            shop.pass_hours(rng.random() * 5)
            price = Decimal(rng.randrange(1, 1_000_000)) / 100
            balance = Decimal(account["balance_e2"]) / 100
            some = (balance * rng.randrange(101) / 100).quantize(Decimal("0.01"))
            kind = rng.choice(["order", "order", "till", "spend", "expire", "open", "return"])
            if kind == "order" and account["user_id"]:
                shop.order(account, price, rng.choice(["NPF", "F", "NFPF"]))
            elif kind == "till" and account["card_number"]:
                shop.receipt(account, points(price), some)
            elif kind == "spend" and some:
                shop.entry(account, -some, "spend", "web", 500)
            elif kind == "expire" and some:
                shop.entry(account, -some, "expire", "pos")
            elif kind == "return":
                shop.receipt({**account}, Decimal(0), Decimal(0)).update(
                    kind="return", bonus_earned_e2=500
                )
            else:
                shop.order(account, price, "NP")
    stranger = {"id": 0, "user_id": 0}
    shop.order(stranger, Decimal(900), "NF")
    cancelled = shop.order(stranger, Decimal(900), "NF")
    cancelled.update(canceled="Y", user_id=shop.rows["accounts"][1]["user_id"])
    earlier = shop.order(stranger, Decimal(900), "NF")
    shop.pass_hours(1)
    newcomer = shop.account()
    earlier["user_id"] = newcomer["user_id"]  # completed before there was an account
    cheap = shop.order(newcomer, Decimal("9.99"), "F")
    shop.rows["transactions"] = [
        t for t in shop.rows["transactions"] if t["order_id"] != cheap["id"]
    ]
    # Its log is emptied; the order stays in F. Two are archived: one credited,
    # one whose credit was taken back with it.
    shop.order(newcomer, Decimal(200), "F", logged=False)
    shop.order(newcomer, Decimal(200), "F").update(is_deleted=True)
    shop.order(newcomer, Decimal(200), "F").update(is_deleted=True)
    shop.remove(newcomer, shop.rows["transactions"][-1])
    return shop


def close(shop: Shop) -> None:
    """Let every fault come due; an order completed a day before the end is not late yet."""
    shop.pass_hours(25)
    shop.order(shop.account(card=False), Decimal(900), "NF")
    entry = shop.rows["transactions"].pop()
    shop.rows["accounts"][-1]["balance_e2"] -= entry["amount_e2"]
    shop.pass_hours(24)
    shop.account()
