"""The ledger sensor on real databases: what launches a run, what not, and what the run reads."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import psycopg
import pytest

from omni_pipeline.bronze.assets import database_definitions
from omni_pipeline.bronze.resource import SourceDatabaseResource, database_resource
from omni_pipeline.loyalty import fingerprint
from omni_pipeline.loyalty.sensor import reconcile_loyalty_on_ledger_change
from omni_pipeline.sources.bitrix.access import DATABASE as SITE
from omni_pipeline.sources.loyalty.access import DATABASE as LEDGER
from omni_pipeline.warehouse.resource import Warehouse
from tests.mariadb import MariaDB

Execute = Callable[[str], Any]
ACCOUNTS = (
    "create table bl_loyalty_account (id bigint primary key, user_id bigint, "
    "card_number varchar(20), balance decimal(18,2), created_at {time})"
)
ENTRIES = (
    "create table bl_loyalty_transaction (id bigint primary key, account_id bigint, "
    "amount decimal(18,2), type varchar(20), order_id bigint, source varchar(20), "
    "created_at {time})"
)
ORDERS = (
    "create table b_sale_order (id bigint primary key, user_id bigint, status_id varchar(2), "
    "price decimal(18,4), date_update {time})"
)
CHANGES = (
    "create table b_sale_order_change (id bigint primary key, order_id bigint, "
    "type varchar(50), data varchar(200))"
)
RECEIPTS = "create table bl_pos_receipt (id bigint primary key, kind varchar(9), card_number text)"


def ticked(cursor: str | None) -> Any:
    """What a tick that is left with this cursor answers."""
    databases = {
        "loyalty_database": database_resource(LEDGER),
        "bitrix_database": database_resource(SITE),
    }
    with dg.build_sensor_context(cursor=cursor, resources=databases) as context:
        return reconcile_loyalty_on_ledger_change(context)


class Sensor:
    """Ticks of the sensor, each with the cursor that the last one left."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.keys: list[str] = []

    def tick(self) -> dg.RunRequest | None:
        result = ticked(self.cursor)
        assert isinstance(result, dg.SensorResult), result
        self.cursor = result.cursor
        if not result.run_requests:
            assert result.skip_reason
            return None
        (request,) = result.run_requests
        assert request.run_key not in self.keys, "Dagster would drop a repeated run key"
        self.keys.append(str(request.run_key))
        return request

    def quiet(self, ticks: int = 6) -> None:
        """Nothing changed, so nothing is launched, whatever block's turn it is."""
        for _ in range(ticks):
            assert self.tick() is None


@pytest.fixture(params=["postgresql", "mariadb"])
def shop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Execute]:
    """A database with a ledger of three entries and two accounts; the settings point at it."""
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_database_url")
        connection: Any = psycopg.connect(url, autocommit=True)
        execute: Execute = connection.execute
    else:
        server: MariaDB = request.getfixturevalue("mariadb")
        connection = server.admin()
        execute = connection.cursor().execute
        execute("create database ledger")
        execute("use ledger")
        url = server.url("ledger")
    monkeypatch.setenv("LOYALTY_DATABASE_URL", url)
    monkeypatch.setenv("BITRIX_DATABASE_URL", url)
    monkeypatch.setenv("LOYALTY_TIMEZONE", "UTC")
    time = "timestamp" if request.param == "postgresql" else "datetime"
    for statement in (ACCOUNTS, ENTRIES, ORDERS, CHANGES, RECEIPTS):
        execute(statement.format(time=time))
    execute("insert into bl_loyalty_account values (1, 7, '0077', 50, null), (2, 8, '', 0, null)")
    execute(
        "insert into bl_loyalty_transaction values "
        "(1, 1, 50, 'earn_online', 100, 'web', '2026-01-01 10:00:00'), "
        "(2, 1, -20, 'spend', null, 'web', '2026-01-02 10:00:00'), "
        "(3, 1, 20, 'refund_spend', null, 'web', '2026-01-03 10:00:00')"
    )
    execute("insert into b_sale_order values (100, 7, 'F', 1000, '2026-01-01 10:00:00')")
    execute(
        "insert into b_sale_order_change values (1, 100, 'ORDER_STATUS_CHANGED', 'a'), "
        "(2, 100, 'ORDER_STATUS_CHANGED', 'b')"
    )
    execute("insert into bl_pos_receipt values (1, 'sale', '0077'), (2, 'sale', '0077')")
    yield execute
    if request.param == "mariadb":
        execute("drop database ledger")
    connection.close()


@pytest.fixture
def sensor(shop: Execute) -> Sensor:
    """One that has seen the shop as it is."""
    started = Sensor()
    assert started.tick() is not None, "the first tick reconciles"
    started.quiet()
    return started


GROWTH = {
    "entry": "insert into bl_loyalty_transaction (id, account_id, amount) values (4, 1, 5)",
    "balance": "update bl_loyalty_account set balance = balance + 7 where id = 1",
    "account": "insert into bl_loyalty_account (id, balance) values (3, 0)",
    "card moved": "update bl_loyalty_account set card_number = '0088' where id = 1",
    "receipt": "insert into bl_pos_receipt values (3, 'sale', '')",
    "order": "insert into b_sale_order values (101, 8, 'N', 5, '2026-01-02 10:00:00')",
    "order moved": "update b_sale_order set status_id = 'C', date_update = '2026-01-05 10:00:00'",
    "change": "insert into b_sale_order_change values (3, 100, 'ORDER_STATUS_CHANGED', 'c')",
}
EDITS = {
    "amount": ("loyalty", "update bl_loyalty_transaction set amount = 51 where id = 1"),
    "owner": ("loyalty", "update bl_loyalty_transaction set account_id = 2 where id = 1"),
    "null": ("loyalty", "update bl_loyalty_transaction set source = null where id = 1"),
    "deleted": ("loyalty", "delete from bl_loyalty_transaction where id = 2"),
    "last deleted": ("loyalty", "delete from bl_loyalty_transaction where id = 3"),
    "all deleted": ("loyalty", "delete from bl_loyalty_transaction"),
    "opposite": (
        "loyalty",
        "update bl_loyalty_transaction set amount = amount + case id when 1 then 7 else -7 end "
        "where id in (1, 2)",
    ),
    "swapped": (
        "loyalty",
        "update bl_loyalty_transaction set amount = -amount where id in (2, 3)",
    ),
    "receipt": ("loyalty", "update bl_pos_receipt set kind = 'return' where id = 1"),
    "receipt deleted": ("loyalty", "delete from bl_pos_receipt where id = 1"),
    "order": ("bitrix", "update b_sale_order set price = 1001"),
    "order deleted": ("bitrix", "delete from b_sale_order where id = 100"),
    "change edited": ("bitrix", "update b_sale_order_change set data = 'z' where id = 1"),
}


@pytest.mark.parametrize("statement", GROWTH.values(), ids=GROWTH)
def test_what_grows_or_moves_launches_once(sensor: Sensor, shop: Execute, statement: str) -> None:
    shop(statement)
    request = sensor.tick()
    assert request is not None
    assert request.run_config == {}, "cursors find what grew"
    sensor.quiet(3)


@pytest.mark.parametrize(("source", "statement"), EDITS.values(), ids=EDITS)
def test_an_edit_launches_once_and_reads_all(
    sensor: Sensor, shop: Execute, source: str, statement: str
) -> None:
    shop(statement)
    request = sensor.tick()
    assert request is not None
    assert request.run_config == {"ops": {f"ingest_{source}": {"config": {"complete": True}}}}
    sensor.quiet(3)


def test_opposite_balances_and_a_way_back(sensor: Sensor, shop: Execute) -> None:
    move = "update bl_loyalty_account set balance = balance + case id when 1 then {} else {} end"
    for by in ((7, -7), (-7, 7), (7, -7)):
        shop(move.format(*by))
        assert sensor.tick() is not None
    sensor.quiet(3)


def test_a_log_that_is_purged_is_no_edit(sensor: Sensor, shop: Execute) -> None:
    shop("delete from b_sale_order_change where id = 1")
    sensor.quiet()


def test_tables_that_come_and_go_launch(sensor: Sensor, shop: Execute) -> None:
    shop("drop table bl_pos_receipt")
    assert sensor.tick() is not None
    sensor.quiet(3)
    shop(RECEIPTS)
    assert sensor.tick() is not None
    shop("alter table b_sale_order drop column price")
    assert sensor.tick() is not None
    sensor.quiet(3)


def test_a_ledger_of_many_blocks_is_looked_at_in_turns(
    shop: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "MOST_BLOCKS", 40)
    values = ", ".join(f"({n * 65_536}, 1, 1)" for n in range(1, 60))
    shop(f"insert into bl_loyalty_transaction (id, account_id, amount) values {values}")
    sensor = Sensor()
    assert sensor.tick() is not None
    turns = 60 // 2 // fingerprint.TURN + 1
    sensor.quiet(2 * turns)
    for entry in (1, 10, 30, 58):
        for number, by in ((entry, 7), (entry + 1, -7)):
            where = f"where id = {number * 65_536}"
            shop(f"update bl_loyalty_transaction set amount = amount + {by} {where}")
        found = [request for request in (sensor.tick() for _ in range(turns)) if request]
        assert 1 <= len(found) <= 2, "entries of one block launch once, of two blocks twice"
        assert all(request.run_config for request in found)
    sensor.quiet(turns)


def test_a_missing_ledger_is_skipped_by_name(shop: Execute) -> None:
    shop("drop table bl_loyalty_account")
    result = ticked(None)
    assert isinstance(result, dg.SkipReason)
    assert "LOYALTY_DATABASE_URL" in str(result.skip_message)
    assert "bl_loyalty_account" in str(result.skip_message)


def test_the_run_of_an_edit_sees_it_in_bronze(
    sensor: Sensor, shop: Execute, warehouse_url: str, warehouse: psycopg.Connection[Any]
) -> None:
    """An entry 2,000 ids below the cursor: an increment would not read it again."""
    shop("insert into bl_loyalty_transaction (id, account_id, amount) values (2004, 1, 1)")
    assert sensor.tick() is not None
    (asset,) = database_definitions(LEDGER, "probe").assets or ()
    resources = {
        "loyalty_database": SourceDatabaseResource(
            url=dg.EnvVar("LOYALTY_DATABASE_URL"), variable="LOYALTY_DATABASE_URL"
        ),
        "warehouse": Warehouse(url=warehouse_url),
    }
    seen = "select sum(amount)::int from raw_loyalty.bl_loyalty_transaction where _next_seq is null"
    amounts = []
    request: dg.RunRequest | None = None
    shop("update bl_loyalty_transaction set amount = 50 where id = 1")
    for config in (None, "edit"):
        if config:
            shop("update bl_loyalty_transaction set amount = 57 where id = 1")
            request = sensor.tick()
            assert request is not None
        run_config = request.run_config if request else {}
        dg.materialize([asset], resources=resources, run_config=run_config)  # type: ignore[list-item]
        amounts.append(warehouse.execute(seen).fetchone()[0])  # type: ignore[index]
    assert amounts == [51, 58]
