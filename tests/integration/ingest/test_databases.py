"""Source databases: increments from PostgreSQL and MariaDB through the real reader and landing.

The same small shop is built in both systems; what is expected of them is the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from omni_pipeline.bronze import Appended, BronzeTable, Modified, OwnedBy, Snapshot
from omni_pipeline.bronze.ingest import Ingested, ingest_database
from omni_pipeline.bronze.landing import read_cursor
from omni_pipeline.database import SourceDatabase
from omni_pipeline.errors import ConfigurationError, RefusedReload, SourceError
from tests.mariadb import MariaDB
from tests.rows import written

CLOCK = Modified(("date_update",))
ORDER = BronzeTable(
    "probe",
    "b_order",
    "One row per order.",
    {"id": "bigint", "date_update": "timestamp", "price": "numeric", "note": "text"},
    key=("id",),
    cursor=CLOCK,
)
LINE = BronzeTable(
    "probe",
    "b_line",
    "One row per line.",
    {"id": "bigint", "order_id": "bigint", "value": "text"},
    key=("id",),
    cursor=OwnedBy("order_id", "b_order", "id", CLOCK),
)
CHANGE = BronzeTable(
    "probe",
    "b_change",
    "One row per change.",
    {"id": "bigint", "what": "text", "extra": "text"},
    key=("id",),
    cursor=Appended("id", overlap=2),
    optional=frozenset({"extra"}),
    aliases={"extra": ("eventextra",)},
)
KIND = BronzeTable(
    "probe", "b_kind", "One row per kind.", {"id": "bigint", "name": "text"}, ("id",), Snapshot()
)
FIELDS = BronzeTable(
    "probe",
    "b_uts",
    "One row per user.",
    {"value_id": "bigint"},
    ("value_id",),
    Snapshot(),
    uf=True,
)
ABSENT = BronzeTable(
    "probe", "b_absent", "One row per nothing.", {"id": "bigint"}, ("id",), Snapshot()
)
NEW_IDS = Appended("id", overlap=1)
LATE_ORDER = replace(ORDER, cursor=replace(CLOCK, ids=NEW_IDS))
LATE_LINE = replace(LINE, cursor=OwnedBy("order_id", "b_order", "id", CLOCK, ids=NEW_IDS))
TABLES = (ORDER, LINE, CHANGE, KIND, FIELDS, ABSENT)

SCHEMA = [
    "create table b_order (id int primary key, date_update {datetime}, price decimal(18,4), "
    "note {text})",
    "create table b_line (id int primary key, order_id int, value varchar(500))",
    "create table b_change (id int primary key, what varchar(100), eventextra varchar(255))",
    "create table b_kind (id int primary key, name varchar(100))",
    "create table b_uts (value_id int primary key, {q}UF_CARD{q} varchar(20), {q}UF_AGE{q} int)",
    "insert into b_order values (1, '2026-05-01 08:00:00', 100.5000, 'Ёж 🦔 \\' quote'), "
    "(2, '2026-05-01 11:00:00', 0.0100, null)",
    "insert into b_line values (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 999, 'orphan')",
    "insert into b_change values (1, 'x', '{{}}'), (2, 'y', null), (3, 'z', null)",
    "insert into b_kind values (1, 'one'), (2, 'two')",
    "insert into b_uts values (1, 'C-1', 30), (2, null, null)",
]
Execute = Callable[..., None]
Shop = tuple[SourceDatabase, Execute, str]


@pytest.fixture(params=["postgresql", "mariadb"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A source database, a way to change it, and which system it is."""
    system = str(request.param)
    if system == "postgresql":
        url = request.getfixturevalue("empty_database_url")
        with psycopg.connect(url, autocommit=True) as postgres:

            def execute(*statements: str) -> None:
                for statement in statements:
                    postgres.execute(statement.replace("\\'", "''"))

            execute(*(s.format(datetime="timestamp", text="text", q='"') for s in SCHEMA))
            yield SourceDatabase(url, "BITRIX_DATABASE_URL"), execute, system
        return
    server: MariaDB = request.getfixturevalue("mariadb")
    with server.admin() as admin, admin.cursor() as cursor:
        cursor.execute("create database shop")
    with server.admin("shop") as connection, connection.cursor() as cursor:

        def execute(*statements: str) -> None:
            for statement in statements:
                cursor.execute(statement)

        execute(*(s.format(datetime="datetime", text="mediumtext", q="`") for s in SCHEMA))
        yield SourceDatabase(server.url("shop"), "BITRIX_DATABASE_URL"), execute, system
        execute("drop database shop")


@pytest.fixture
def ingest(shop: Shop, warehouse: psycopg.Connection[Any]) -> Callable[..., dict[str, Ingested]]:
    def run(*tables: BronzeTable, **more: Any) -> dict[str, Ingested]:
        outcomes = ingest_database(warehouse, shop[0], tables or TABLES, **more)
        return {outcome.table.name: outcome for outcome in outcomes}

    return run


def standing(warehouse: psycopg.Connection[Any], table: str, columns: str) -> list[Any]:
    return warehouse.execute(
        f"select {columns} from raw_probe.{table} "
        "where _next_seq is null and not _deleted order by 1"
    ).fetchall()


def test_a_first_read_takes_everything(shop: Shop, ingest: Any, warehouse: Any) -> None:
    outcomes = ingest()
    assert outcomes["b_absent"].result is None
    counts = {n: o.result.rows_new for n, o in outcomes.items() if o.result}
    assert counts == {"b_order": 2, "b_line": 4, "b_change": 3, "b_kind": 2, "b_uts": 2}
    orders = standing(warehouse, "b_order", "id, date_update::text, price::text, note")
    assert orders[0] == (1, "2026-05-01 08:00:00", "100.5000", "Ёж 🦔 ' quote")
    assert standing(warehouse, "b_uts", "value_id, uf") == [
        (1, {"uf_age": 30, "uf_card": "C-1"}),
        (2, {}),
    ]
    assert standing(warehouse, "b_change", "id, extra")[0] == (1, "{}")


def test_an_increment_reads_what_moved(shop: Shop, ingest: Any, warehouse: Any) -> None:
    ingest()
    _, execute, _ = shop
    execute(
        "insert into b_order values (3, '2026-05-02 09:00:00', 7, 'new')",
        "insert into b_line values (5, 3, 'of new'), (6, 1, 'added to an order that did not move')",
        "insert into b_change values (4, 'later', null)",
        "update b_kind set name = 'ONE' where id = 1",
        "delete from b_kind where id = 2",
    )
    results = {n: o.result for n, o in ingest().items() if o.result}
    assert (results["b_order"].rows_in, results["b_order"].rows_new) == (2, 1)  # 1 h of overlap
    assert (results["b_line"].rows_in, results["b_line"].rows_new) == (2, 1)
    assert (results["b_change"].rows_in, results["b_change"].rows_new) == (3, 1)
    assert (results["b_kind"].rows_changed, results["b_kind"].rows_deleted) == (1, 1)
    assert read_cursor(warehouse, ORDER) == "2026-05-02 09:00:00"
    assert read_cursor(warehouse, CHANGE) == "4"
    again = {n: o.result for n, o in ingest().items() if o.result}
    assert sum(written(result) for result in again.values()) == 0


def test_a_row_written_late_is_read_by_its_new_id(shop: Shop, ingest: Any, warehouse: Any) -> None:
    ingest(LATE_ORDER, LATE_LINE)
    assert read_cursor(warehouse, LATE_ORDER) == "2026-05-01 11:00:00 #2"
    _, execute, _ = shop
    execute(
        "insert into b_order values (7, '2025-01-01 09:00:00', 7, 'imported')",
        "insert into b_order values (8, null, 8, 'no time')",
        "insert into b_line values (9, 1, 'added to an order that did not move')",
        "update b_order set note = 'changed', date_update = '2026-05-01 12:00:00' where id = 1",
    )
    order, line = (o.result for o in ingest(LATE_ORDER, LATE_LINE).values())
    assert (order.rows_new, order.rows_changed, order.rows_repeated) == (2, 1, 0)
    assert (line.rows_new, line.rows_repeated) == (1, 0)
    assert read_cursor(warehouse, LATE_ORDER) == "2026-05-01 12:00:00 #8"
    assert written(ingest(LATE_ORDER)["b_order"].result) == 0


def test_a_cursor_of_before_ids_goes_on(shop: Shop, ingest: Any, warehouse: Any) -> None:
    ingest(ORDER)
    _, execute, _ = shop
    execute("insert into b_order values (3, '2026-05-01 11:30:00', 7, 'new')")
    ingest(LATE_ORDER)
    execute("insert into b_order values (4, '2025-01-01 09:00:00', 7, 'late')")
    assert ingest(LATE_ORDER)["b_order"].result.rows_new == 1


@pytest.mark.parametrize("table", [CHANGE, LATE_ORDER], ids=lambda table: table.name)
def test_ids_that_begin_again_are_read(
    shop: Shop, ingest: Any, warehouse: Any, table: BronzeTable
) -> None:
    _, execute, _ = shop
    values = "'2026-05-01 08:00:00', 5, ''" if table is LATE_ORDER else "'x', null"
    execute(*(f"insert into {table.name} values ({n}, {values})" for n in range(50, 60)))
    ingest(table)
    execute(f"delete from {table.name}")
    assert written(ingest(table)[table.name].result) == 0, "an empty table says nothing"
    old = values.replace("2026", "2024").replace("x", "anew")
    execute(*(f"insert into {table.name} values ({n}, {old})" for n in (1, 2)))
    assert written(ingest(table)[table.name].result) == 2
    execute(f"insert into {table.name} values (3, {old})")
    assert written(ingest(table)[table.name].result) == 1


def test_the_daily_compare_finds_silent_changes(shop: Shop, ingest: Any, warehouse: Any) -> None:
    ingest()
    _, execute, _ = shop
    execute(
        "update b_order set price = 999 where id = 1",  # date_update did not move
        "delete from b_line where id = 2",
        "update b_change set what = 'rewritten' where id = 1",
    )
    assert sum(written(o.result) for o in ingest().values() if o.result) == 0
    results = {n: o.result for n, o in ingest(complete=True).items() if o.result}
    assert results["b_order"].rows_changed == 1
    assert results["b_line"].rows_deleted == 1
    assert results["b_change"].rows_changed == 1
    assert [line for (line,) in standing(warehouse, "b_line", "id")] == [1, 3, 4]


def test_a_time_in_the_future_does_not_stop_reading(
    shop: Shop, ingest: Any, warehouse: Any
) -> None:
    _, execute, _ = shop
    execute("insert into b_order values (9, '2999-01-01 00:00:00', 1, 'typo')")
    ingest()
    assert read_cursor(warehouse, ORDER) == "2026-05-01 11:00:00"
    execute("insert into b_order values (10, '2026-05-01 12:00:00', 1, 'after')")
    assert ingest(ORDER)["b_order"].result.rows_new == 1


def test_zero_dates_of_mysql_are_repaired(shop: Shop, ingest: Any, warehouse: Any) -> None:
    _, execute, system = shop
    zero = "0001-01-01 00:00:00" if system == "postgresql" else "0000-00-00 00:00:00"
    execute(f"insert into b_order values (5, '{zero}', 1, 'old')")
    assert ingest(ORDER)["b_order"].result.rows_quarantined == 0
    found = warehouse.execute(
        "select date_update::text, _repairs from raw_probe.b_order where id = 5"
    ).fetchone()
    assert found == (None, ["far_date" if system == "postgresql" else "zero_date"])


def test_missing_columns_are_named_and_read_as_null(
    shop: Shop, ingest: Any, warehouse: Any
) -> None:
    _, execute, _ = shop
    execute("alter table b_order drop column note", "alter table b_order drop column date_update")
    outcome = ingest(ORDER)["b_order"]
    assert sorted(outcome.missing_columns) == ["date_update", "note"]
    execute("delete from b_order where id = 2")
    # Without a clock the table is read whole, so even the deletion shows.
    assert ingest(ORDER)["b_order"].result.rows_deleted == 1


def test_a_missing_key_is_an_error_in_words(shop: Shop, ingest: Any) -> None:
    _, execute, system = shop
    suffix = "" if system == "postgresql" else " int"
    verb = "rename column id to number" if not suffix else "change id number int"
    execute(f"alter table b_kind {verb}")
    with pytest.raises(SourceError, match="BITRIX_DATABASE_URL: table b_kind has no column id"):
        ingest(KIND)


def test_a_source_that_lost_its_rows_is_refused(shop: Shop, ingest: Any, warehouse: Any) -> None:
    _, execute, _ = shop
    values = ", ".join(f"({n}, 'k{n}')" for n in range(10, 110))
    execute(f"insert into b_kind values {values}")
    ingest(KIND)
    execute("delete from b_kind where id > 50")
    with pytest.raises(RefusedReload):
        ingest(KIND)
    assert len(standing(warehouse, "b_kind", "id")) == 102
    assert ingest(KIND, max_shrink=1.0)["b_kind"].result.rows_deleted == 59


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_an_unreachable_source_is_one_line_without_the_secret(scheme: str) -> None:
    url = f"{scheme}://someone:s3cr%40t-word@127.0.0.1:1/nothing"
    with pytest.raises(SourceError) as caught, SourceDatabase(url, "CEL_DATABASE_URL").read():
        pass
    assert str(caught.value).startswith("CEL_DATABASE_URL: cannot be read: ")
    assert "s3cr" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_password_is_one_line_without_the_secret(shop: Shop, mariadb: MariaDB) -> None:
    url = mariadb.url("shop").replace("p%40ss%20word", "wr0ng-word")
    with pytest.raises(SourceError) as caught, SourceDatabase(url, "BITRIX_DATABASE_URL").read():
        pass
    assert "Access denied" in str(caught.value)
    assert "wr0ng-word" not in str(caught.value)


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"starts with postgresql:// or .*mysql://"):
        SourceDatabase("oracle://x", "BITRIX_DATABASE_URL")
