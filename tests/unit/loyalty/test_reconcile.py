"""Reconciliation: clean ledgers give nothing, each planted fault gives exactly its finding."""

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from omni_pipeline.loyalty.classes import CLASSES, RULE_VERSION
from omni_pipeline.loyalty.ledger import Ledger, earned_e2, ints
from omni_pipeline.loyalty.reconcile import KEY, RESULT, reconcile
from tests import loyalty_reversals
from tests.loyalty_shop import Row, Shop, clean_shop, close, points, status_change

Subject = tuple[str, str, str]


def found(ledger: Ledger) -> set[Subject]:
    return set(reconcile(ledger)[KEY].itertuples(index=False, name=None))


# -- faults: each takes a shop and a fresh account, plants one fault and names its finding ------


def plant_r01(shop: Shop, account: Row) -> Subject:
    shop.order(account, Decimal(1000), "F")
    account["balance_e2"] += 1
    return ("R01", "account", str(account["id"]))


def plant_r02(shop: Shop, account: Row) -> Subject:
    shop.order(account, Decimal(1000), "F")
    shop.pass_hours(1)
    shop.entry(account, Decimal("-50.01"), "spend", "web", 500)
    shop.pass_hours(1)
    shop.order(account, Decimal(1000), "F")
    return ("R02", "account", str(account["id"]))


def plant_r04(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "FPF")
    again = shop.entry(account, Decimal(70), "earn_online", "web", order["id"])
    return ("R04", "transaction", str(again["id"]))


def plant_r04_without_balance(shop: Shop, account: Row) -> Subject:
    subject = plant_r04(shop, account)
    account["balance_e2"] -= 7000
    return subject


def plant_r04_at_till(shop: Shop, account: Row) -> Subject:
    receipt = shop.receipt(account, Decimal(5), Decimal(0))
    again = shop.entry(account, Decimal(5), "earn_offline", "pos", receipt["id"])
    return ("R04", "transaction", str(again["id"]))


def plant_r05(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "NPF")
    shop.remove(account, shop.rows["transactions"][-1])
    return ("R05", "order", str(order["id"]))


def plant_r05_spent_later(shop: Shop, account: Row) -> Subject:
    subject = plant_r05(shop, account)
    shop.pass_hours(1)
    shop.entry(account, Decimal(-50), "spend", "web", 500)
    return subject


def plant_r05_left_f_again(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "NFP")
    shop.remove(account, shop.rows["transactions"][-1])
    return ("R05", "order", str(order["id"]))


def plant_r06(shop: Shop, account: Row) -> Subject:
    shop.order(account, Decimal(50), "F")  # 2.5 points: half-even gives 2
    entry = shop.rows["transactions"][-1]
    entry["amount_e2"] -= 100
    account["balance_e2"] -= 100
    return ("R06", "transaction", str(entry["id"]))


def plant_r06_negative(shop: Shop, account: Row) -> Subject:
    shop.entry(account, Decimal(900), "earn_online", "web")
    shop.order(account, Decimal(1000), "F")
    entry = shop.rows["transactions"][-1]
    account["balance_e2"] -= 2 * entry["amount_e2"]
    entry["amount_e2"] *= -1
    return ("R06", "transaction", str(entry["id"]))


def plant_r06_at_till(shop: Shop, account: Row) -> Subject:
    shop.receipt(account, Decimal(5), Decimal(0))["bonus_earned_e2"] += 1
    return ("R06", "transaction", str(shop.rows["transactions"][-1]["id"]))


def plant_r07(shop: Shop, account: Row) -> Subject:
    order = shop.order(account, Decimal(1000), "NP")
    shop.change(order, "ORDER_STATUS_CHANGED", status_change("P", "F"))
    shop.change(order, "ORDER_COMMENTED", status_change("F", "P"))
    entry = shop.entry(account, Decimal(50), "earn_online", "web", order["id"])
    return ("R07", "transaction", str(entry["id"]))


def plant_r07_no_such_order(shop: Shop, account: Row) -> Subject:
    entry = shop.entry(account, Decimal(50), "earn_online", "web", 99_999_000 + account["id"])
    return ("R07", "transaction", str(entry["id"]))


def plant_r13(shop: Shop, account: Row) -> Subject:
    receipt = shop.receipt(account, Decimal(5), Decimal(0))
    shop.remove(account, shop.rows["transactions"][-1])
    return ("R13", "receipt", receipt["receipt_uid"])


def plant_r13_without_balance(shop: Shop, account: Row) -> Subject:
    subject = plant_r13(shop, account)
    account["balance_e2"] += 500
    return subject


def plant_r13_spend(shop: Shop, account: Row) -> Subject:
    shop.order(account, Decimal(1000), "F")
    receipt = shop.receipt(account, Decimal(0), Decimal(7))
    shop.remove(account, shop.rows["transactions"][-1])
    return ("R13", "receipt", receipt["receipt_uid"])


def plant_r14(shop: Shop, account: Row) -> Subject:
    entry = shop.entry(account, Decimal(5), "earn_offline", "pos", 88_888_000 + account["id"])
    return ("R14", "transaction", str(entry["id"]))


def plant_r17_entry(shop: Shop, account: Row) -> Subject:
    shop.order(account, Decimal(1000), "F")
    entry = shop.rows["transactions"][-1]
    entry["account_id"] = 77_777_777  # the balance keeps the points
    return ("R17", "transaction", str(entry["id"]))


def plant_r17_entry_of_none(shop: Shop, account: Row) -> Subject:
    entry = shop.entry({"id": 0, "balance_e2": 0}, Decimal(50), "earn_online", "web", 500)
    return ("R17", "transaction", str(entry["id"]))


def plant_r17_account(shop: Shop, account: Row) -> Subject:
    account.update(user_id=0, card_number=" ")
    return ("R17", "account", str(account["id"]))


def plant_r18_sign(shop: Shop, account: Row) -> Subject:
    entry = shop.entry(account, Decimal(50), "spend", "web", 500)
    return ("R18", "transaction", str(entry["id"]))


def plant_r18_unreadable(shop: Shop, account: Row) -> Subject:
    entry = shop.entry(account, Decimal(50), "expire", "web")
    entry["amount_e2"] = None
    return ("R18", "transaction", str(entry["id"]))


NAMED = sorted((globals() | vars(loyalty_reversals)).items())
PLANTS: list[Callable[[Shop, Row], Subject]] = [
    plant for name, plant in NAMED if name.startswith("plant_")
]


def small_shop() -> Shop:
    shop = Shop()
    for price in ("1000", "50", "30", "19.99"):
        member = shop.account()
        shop.pass_hours(1)
        shop.order(member, Decimal(price), "NPF")
        shop.receipt(member, Decimal(3), Decimal(1))
    return shop


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_one_planted_fault_gives_exactly_its_finding(plant: Callable[[Shop, Row], Subject]) -> None:
    shop = small_shop()
    account = shop.account()
    shop.pass_hours(1)
    subject = plant(shop, account)
    close(shop)
    assert found(shop.ledger()) == {subject}


def test_every_class_is_planted() -> None:
    assert {plant.__name__[6:9].upper() for plant in PLANTS} == set(CLASSES)


@pytest.mark.parametrize("seed", range(20))
def test_clean_ledger_gives_nothing(seed: int) -> None:
    print(f"seed {seed}")
    shop = clean_shop(seed)
    close(shop)
    assert found(shop.ledger()) == set()


@pytest.mark.parametrize("seed", range(20))
def test_mix_of_faults_is_found_exactly(seed: int) -> None:
    print(f"seed {seed}")
    rng, shop = random.Random(seed), clean_shop(seed)
    planted = set()
    for plant in rng.choices(PLANTS, k=30):
        account = shop.account()
        shop.pass_hours(rng.random())
        planted.add(plant(shop, account))
    close(shop)
    for rows in shop.rows.values():
        rng.shuffle(rows)
    assert found(shop.ledger()) == planted
    assert len(planted) > 20


def test_running_balance_follows_time_and_then_id() -> None:
    shop = Shop()
    account = shop.account()
    spent = shop.entry(account, Decimal(-5), "spend", "web", 500)
    earned = shop.entry(account, Decimal(5), "earn_online", "web")
    assert found(shop.ledger()) == {("R02", "account", "1")}
    earned["id"], spent["id"] = spent["id"], earned["id"]
    assert found(shop.ledger()) == set()
    earned["id"], spent["id"] = spent["id"], earned["id"]
    earned["created_at"] -= timedelta(microseconds=1)
    assert found(shop.ledger()) == set()


def test_empty_ledger_gives_an_empty_frame() -> None:
    result = reconcile(Shop().ledger())
    assert list(result.columns) == RESULT
    assert result.empty


@pytest.mark.parametrize("statuses", ["NP", "NF"])
def test_orders_of_a_shop_without_a_programme_raise_no_findings(statuses: str) -> None:
    shop = Shop()
    shop.order({"id": 0, "user_id": 0}, Decimal(900), statuses)
    shop.pass_hours(50)
    shop.order({"id": 0, "user_id": 7}, Decimal(900), "N")
    assert found(shop.ledger()) == set()


def test_sources_that_are_not_read_raise_no_findings() -> None:
    shop = clean_shop(1)
    shop.rows["orders"], shop.rows["order_changes"], shop.rows["receipts"] = [], [], []
    assert found(shop.ledger()) == set()


def test_credit_younger_than_the_orders_waits() -> None:
    shop = small_shop()
    account = shop.account()
    shop.pass_hours(1)
    subject = plant_r07(shop, account)
    assert found(shop.ledger(orders_read_at=shop.now)) == set()
    assert found(shop.ledger(orders_read_at=shop.now + timedelta(seconds=1))) == {subject}


def test_amounts_are_exact_decimals_and_say_what_would_be_right() -> None:
    shop = small_shop()
    account = shop.account()
    plant_r06(shop, account)
    row = reconcile(shop.ledger()).iloc[0]
    assert (row["expected"], row["actual"]) == (Decimal("3.00"), Decimal("2.00"))
    assert (row["account_id"], row["rule_version"]) == (account["id"], RULE_VERSION)
    assert row["severity"] == "ERROR"


def test_earned_points_round_half_up_at_every_price() -> None:
    prices = np.arange(1, 1_000_001, dtype=np.int64)  # 0.01 … 10,000.00
    earned = earned_e2(prices)
    halves = prices[prices * 5 % 10_000 == 5_000]
    assert list(halves[:3]) == [1_000, 3_000, 5_000]
    assert len(halves) == 500
    by_hand = [int(points(Decimal(int(p)) / 100)) * 100 for p in halves]
    assert list(earned_e2(halves)) == by_hand
    in_float = np.rint(prices / 100 * 0.05).astype(np.int64) * 100
    assert int((earned != in_float).sum()) == 250
    sample = np.random.default_rng(0).choice(prices, 5_000)
    assert [int(points(Decimal(int(p)) / 100)) * 100 for p in sample] == list(earned_e2(sample))


def test_large_sums_stay_exact() -> None:
    shop = Shop()
    account = shop.account()
    for _ in range(3):
        shop.entry(account, Decimal("90071992547.41"), "earn_online", "web")
    assert found(shop.ledger()) == set()
    account["balance_e2"] += 1
    row = reconcile(shop.ledger()).iloc[0]
    assert row["actual"] - row["expected"] == Decimal("0.01")


def test_nullable_amounts_become_plain_integers() -> None:
    assert list(ints(pd.Series([1, None], dtype="Int64"))) == [1, 0]
