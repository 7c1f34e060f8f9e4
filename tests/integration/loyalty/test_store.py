"""The ledger from bronze to `loyalty.discrepancy`, the asset and its check."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import dagster as dg
import psycopg
import pytest

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.landing import land
from omni_pipeline.loyalty.assets import discrepancy, ledger_is_consistent
from omni_pipeline.loyalty.classes import CLASSES
from omni_pipeline.loyalty.reconcile import reconcile
from omni_pipeline.loyalty.store import Written, read_ledger, write
from omni_pipeline.ops import latest_seq
from omni_pipeline.sources.bitrix.tables import TABLES as BITRIX
from omni_pipeline.sources.loyalty.tables import TABLES as LOYALTY
from omni_pipeline.warehouse.resource import Warehouse

MOSCOW = "Europe/Moscow"
TABLES = {table.name: table for table in (*BITRIX, *LOYALTY)}
Connection = psycopg.Connection[Any]
Row = dict[str, Any]
REACHED_F = 'a:2:{s:9:"STATUS_ID";s:1:"F";s:13:"OLD_STATUS_ID";s:1:"P";}'

ACCOUNT = {
    "id": 1,
    "user_id": 7,
    "card_number": "0077",
    "balance": "55.00",
    "created_at": "2026-01-01 09:00:00",
}
EARNED = {
    "id": 1,
    "account_id": 1,
    "amount": "50.00",
    "type": "earn_online",
    "order_id": 100,
    "source": "web",
    "created_at": "2026-01-02 10:00:00.123456",
}
AT_TILL = {**EARNED, "id": 2, "amount": "5", "type": "earn_offline", "order_id": 3, "source": "pos"}
ORDER = {
    "id": 100,
    "user_id": 7,
    "status_id": "P",
    "canceled": "N",
    "price": "999.9999",
    "date_status": "2026-01-03 10:00:00",
    "date_insert": "2026-01-01 10:00:00",
    "date_update": "2026-01-03 10:00:00",
}
CHANGE = {
    "id": 1,
    "order_id": 100,
    "type": "ORDER_STATUS_CHANGED",
    "data": REACHED_F,
    "date_create": "2026-01-02 10:00:00",
}
RECEIPT = {
    "id": 3,
    "receipt_uid": "till-1/3",
    "kind": "sale",
    "closed_at": "2026-01-05 10:00:00",
    "bonus_earned": "5.00",
    "bonus_spent": None,
    "card_number": "0077",
}


def put(connection: Connection, name: str, *rows: Row, complete: bool = False) -> None:
    table: BronzeTable = TABLES[name]
    full = [{**dict.fromkeys(table.stored_columns), **row} for row in rows]
    land(connection, table, full, complete=complete)


def run(connection: Connection) -> Written:
    ledger, seq = read_ledger(connection, MOSCOW, MOSCOW)
    return write(connection, reconcile(ledger), seq)


def stored(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select xmin::text, d.* from loyalty.discrepancy as d order by 2, 3, 4"
    ).fetchall()


@pytest.fixture
def healthy(warehouse: Connection) -> Connection:
    """A warehouse with a small ledger that adds up."""
    put(warehouse, "bl_loyalty_account", ACCOUNT)
    put(warehouse, "bl_loyalty_transaction", EARNED, AT_TILL)
    put(warehouse, "b_sale_order", ORDER)
    put(warehouse, "b_sale_order_change", CHANGE)
    put(warehouse, "bl_pos_receipt", RECEIPT)
    return warehouse


def test_healthy_ledger_writes_nothing(healthy: Connection) -> None:
    assert run(healthy) == Written(0, 0, 0, dict.fromkeys(CLASSES, 0))


def test_empty_warehouse_writes_nothing(warehouse: Connection) -> None:
    assert run(warehouse).counts == dict.fromkeys(CLASSES, 0)


def test_frames_keep_values_and_types(healthy: Connection) -> None:
    ledger, seq = read_ledger(healthy, MOSCOW, MOSCOW)
    assert seq == latest_seq(healthy)
    account, entry = ledger.accounts.iloc[0], ledger.transactions.iloc[0]
    assert (account["card_number"], account["balance_e2"]) == ("0077", 5500)
    assert entry["amount_e2"] == 5000
    assert entry["created_at"] == datetime(2026, 1, 2, 10, 0, 0, 123456)
    assert ledger.orders.iloc[0]["price_e2"] == 99_999  # cut, never rounded up
    assert ledger.order_changes.iloc[0]["data"] == REACHED_F
    assert ledger.receipts.iloc[0]["bonus_spent_e2"] == 0
    assert ledger.orders_read_at is not None


def test_site_times_are_brought_to_the_zone_of_the_ledger(healthy: Connection) -> None:
    ledger, _ = read_ledger(healthy, "Asia/Yekaterinburg", MOSCOW)
    assert ledger.orders.iloc[0]["status_at"] == datetime(2026, 1, 3, 12)
    assert ledger.transactions.iloc[0]["created_at"].hour == 10


def test_only_standing_versions_count_but_deleted_orders_are_remembered(
    healthy: Connection,
) -> None:
    put(healthy, "bl_loyalty_account", {**ACCOUNT, "balance": "1"}, complete=True)
    put(healthy, "bl_loyalty_account", ACCOUNT, complete=True)
    put(healthy, "b_sale_order", complete=True)
    put(healthy, "b_sale_order_change", complete=True)
    ledger, _ = read_ledger(healthy, MOSCOW, MOSCOW)
    assert list(ledger.accounts["balance_e2"]) == [5500]
    assert list(ledger.orders["is_deleted"]) == [True]
    assert run(healthy).counts == dict.fromkeys(CLASSES, 0)


def test_amount_that_is_no_money_is_reported_and_stops_nothing(healthy: Connection) -> None:
    put(healthy, "bl_loyalty_transaction", {**AT_TILL, "amount": "5.001"})
    assert {code for code, count in run(healthy).counts.items() if count} == {"R18"}


def test_writing_twice_changes_nothing(healthy: Connection) -> None:
    put(healthy, "bl_loyalty_account", {**ACCOUNT, "balance": "54.99"})
    assert run(healthy).added == 1
    before = stored(healthy)
    again = run(healthy)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert again.counts["R01"] == 1
    assert stored(healthy) == before


def test_standing_finding_keeps_its_first_detection(healthy: Connection) -> None:
    put(healthy, "bl_loyalty_account", {**ACCOUNT, "balance": "54.99"})
    run(healthy)
    query = "select detected_seq, first_seen, expected, actual from loyalty.discrepancy"
    ((seq, first_seen, *_),) = healthy.execute(query).fetchall()
    put(healthy, "bl_loyalty_account", {**ACCOUNT, "balance": "60.5"})
    written = run(healthy)
    assert (written.added, written.changed, written.removed) == (0, 1, 0)
    assert healthy.execute(query).fetchall() == [(seq, first_seen, Decimal(55), Decimal("60.5"))]
    assert latest_seq(healthy) > seq


def test_vanished_finding_goes_and_new_one_comes(healthy: Connection) -> None:
    put(healthy, "bl_loyalty_account", {**ACCOUNT, "balance": "54.99"})
    run(healthy)
    nobody = {"id": 9, "balance": "0", "created_at": "2026-01-01 00:00:00"}
    put(healthy, "bl_loyalty_account", ACCOUNT, nobody)
    written = run(healthy)
    assert (written.added, written.removed) == (1, 1)
    assert [row[1:5] for row in stored(healthy)] == [("R17", "WARN", "account", "9")]


@pytest.mark.parametrize(
    ("fault", "code", "severity"),
    [
        ({"user_id": None, "card_number": None}, "R17", dg.AssetCheckSeverity.WARN),
        ({"balance": "54.99"}, "R01", dg.AssetCheckSeverity.ERROR),
    ],
)
def test_asset_and_check_tell_the_counts(
    healthy: Connection,
    warehouse_url: str,
    fault: Row,
    code: str,
    severity: dg.AssetCheckSeverity,
) -> None:
    put(healthy, "bl_loyalty_account", {**ACCOUNT, **fault})
    result = dg.materialize(
        [discrepancy, ledger_is_consistent],
        resources={"warehouse": Warehouse(url=warehouse_url)},
    )
    materialization = result.asset_materializations_for_node("loyalty__discrepancy")[0]
    numbers = {name: value.value for name, value in materialization.metadata.items()}
    assert {name: numbers[name] for name in CLASSES} == {**dict.fromkeys(CLASSES, 0), code: 1}
    assert numbers["dagster/row_count"] == 1
    check = result.get_asset_check_evaluations()[0]
    assert not check.passed
    assert check.severity == severity
    assert check.metadata[code].value == 1
