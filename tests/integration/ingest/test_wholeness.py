"""A source that loses a table, a column or a right between two runs: through real databases, the
real assets and their checks, in PostgreSQL and MariaDB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import psycopg
import pytest

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.assets import database_definitions
from omni_pipeline.bronze.checks import WHOLE
from omni_pipeline.bronze.landing import land
from omni_pipeline.bronze.resource import SourceDatabaseResource
from omni_pipeline.bronze.wholeness import silenced
from omni_pipeline.sources.bitrix.access import DATABASE as SITE
from omni_pipeline.sources.catalog import tables_of
from omni_pipeline.sources.cel.access import DATABASE as EXCHANGE
from omni_pipeline.sources.loyalty.access import DATABASE as LEDGER
from omni_pipeline.sources.subscribe.access import DATABASE as MAILING
from omni_pipeline.warehouse.resource import Warehouse
from tests.mariadb import MariaDB

TYPES = {
    "postgresql": {"text": "varchar(200)"},
    "mariadb": {"text": "varchar(200)", "timestamp": "datetime", "numeric": "decimal(18, 4)"},
}
ENDPOINTS = {end.source: end for end in (SITE, EXCHANGE, LEDGER, MAILING)}


@dataclass
class Shop:
    """A source database with every declared table of a source, and a user that may only read."""

    system: str
    url: str
    admin: Callable[[str], Any]
    user: str
    created: list[str] = field(default_factory=list)

    def create(self, *tables: BronzeTable) -> None:
        for table in tables:
            columns = ", ".join(
                f"{name} {TYPES[self.system].get(kind, kind)}"
                for name, kind in table.columns.items()
            )
            self.admin(f"create table {table.name} ({columns}, primary key ({table.key[0]}))")
            self.admin(f"grant select on {table.name} to {self.user}")
            self.admin(f"insert into {table.name} ({table.key[0]}) values (1), (2), (3)")


@pytest.fixture(params=["postgresql", "mariadb"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_database_url")
        parts = urlsplit(url)
        with psycopg.connect(url, autocommit=True) as connection:
            user = f"reader_of{parts.path.strip('/')}"
            connection.execute(f"create role {user} login password 'pw'")
            there = f"postgresql://{user}:pw@{parts.hostname}:{parts.port}{parts.path}"
            yield Shop("postgresql", there, connection.execute, user)
            connection.execute(f"drop owned by {user}")
            connection.execute(f"drop role {user}")
        return
    server: MariaDB = request.getfixturevalue("mariadb")
    user = "limited@'127.0.0.1'"
    with server.admin() as admin, admin.cursor() as cursor:
        cursor.execute("create database watched")
        cursor.execute(f"create user {user} identified by 'pw'")
        cursor.execute("use watched")
        # A user without any right in a database may not enter it: that is another error.
        cursor.execute("create table another (id int)")
        cursor.execute(f"grant select on another to {user}")
        there = f"mysql://limited:pw@127.0.0.1:{server.port}/watched"
        yield Shop("mariadb", there, cursor.execute, user)
        cursor.execute("drop database watched")
        cursor.execute(f"drop user {user}")


@dataclass
class Told:
    """What one run said: the check of the source, and the notes of tables that were not read."""

    passed: bool
    said: str
    notes: dict[str, str]


@pytest.fixture
def run(shop: Shop, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Told]:
    def once(source: str) -> Told:
        endpoint = ENDPOINTS[source]
        monkeypatch.setenv(endpoint.variables[0], shop.url)
        (asset,) = database_definitions(endpoint, "probe").assets or ()
        result = dg.materialize(
            [asset],  # type: ignore[list-item]
            resources={
                f"{source}_database": SourceDatabaseResource(
                    url=shop.url, variable=endpoint.variables[0]
                ),
                "warehouse": Warehouse(url=warehouse_url),
            },
        )
        (check,) = (e for e in result.get_asset_check_evaluations() if e.check_name == WHOLE)
        assert check.severity == dg.AssetCheckSeverity.ERROR
        notes = {
            event.asset_key.path[-1]: str(event.materialization.metadata["note"].value)
            for event in result.get_asset_materialization_events()
            if event.asset_key and "note" in event.materialization.metadata
        }
        return Told(check.passed, check.description or "", notes)

    return once


def exchange() -> tuple[BronzeTable, ...]:
    return tables_of("cel")


def rows(warehouse: psycopg.Connection[Any], what: str) -> Any:
    return warehouse.execute(f"select {what} where _next_seq is null").fetchone()[0]  # type: ignore


def test_a_renamed_table_fails_and_its_rows_are_counted(
    shop: Shop, run: Callable[[str], Told], warehouse: psycopg.Connection[Any]
) -> None:
    shop.create(*exchange())
    assert run("cel") == Told(True, "as it was", {})
    shop.admin("alter table cel rename to cel_2025")
    for _ in range(2):  # it does not get used to it
        told = run("cel")
        assert not told.passed
        assert told.said.startswith("cel: it is gone")
        assert "3 rows stand as last read" in told.said
        assert "3 rows stand as last read whole at 20" in told.notes["cel"]
    shop.admin("alter table cel_2025 rename to cel")
    shop.admin("insert into cel (id) values (4)")
    assert run("cel") == Told(True, "as it was", {})
    assert rows(warehouse, "count(*) from raw_cel.cel") == 4


def test_a_table_whose_rows_are_hidden_fails(shop: Shop, run: Callable[[str], Told]) -> None:
    """Row security, or a view in its place: to its reader the table is empty."""
    table = SITE.tables[0]
    shop.create(table)
    assert f"{table.name}:" not in run("bitrix").said
    shop.admin(f"alter table {table.name} rename to hidden_away")
    shop.admin(f"create view {table.name} as select * from hidden_away where 1 = 0")
    shop.admin(f"grant select on {table.name} to {shop.user}")
    assert "no row of it can be seen, and 3 rows stand" in run("bitrix").said


def test_a_revoked_right_fails(shop: Shop, run: Callable[[str], Told]) -> None:
    shop.create(*exchange())
    run("cel")
    shop.admin(f"revoke select on cel from {shop.user}")
    told = run("cel")
    assert not told.passed
    assert told.said.startswith("cel: ")
    assert "the right to SELECT it is" in told.said
    assert "3 rows stand" in told.notes["cel"]


@pytest.mark.parametrize("how", ["dropped", "renamed", "revoked"])
def test_a_lost_column_fails_and_overwrites_nothing(
    shop: Shop, run: Callable[[str], Told], warehouse: psycopg.Connection[Any], how: str
) -> None:
    shop.create(*exchange())
    shop.admin("update cel set linkedid = 'a call'")
    run("cel")
    if how == "dropped":
        shop.admin("alter table cel drop column linkedid")
    elif how == "renamed":
        shop.admin("alter table cel rename column linkedid to linked_id")
    else:
        others = ", ".join(name for name in exchange()[0].columns if name != "linkedid")
        shop.admin(f"revoke select on cel from {shop.user}")
        shop.admin(f"grant select ({others}) on cel to {shop.user}")
    shop.admin("insert into cel (id) values (4)")
    told = run("cel")
    assert not told.passed
    assert told.said.startswith("cel: ")
    assert "linkedid" in told.said
    assert "left as last read" in told.said
    assert "linkedid" in told.notes["cel"]
    assert rows(warehouse, "count(linkedid) from raw_cel.cel") == 3
    if how == "revoked":
        shop.admin(f"grant select on cel to {shop.user}")
        assert run("cel").passed
        assert rows(warehouse, "count(*) from raw_cel.cel") == 4


def test_an_optional_column_that_was_there_is_named_and_read_as_null(
    shop: Shop, run: Callable[[str], Told], warehouse: psycopg.Connection[Any]
) -> None:
    shop.create(*exchange())
    run("cel")
    shop.admin("alter table cel drop column peer")
    shop.admin("insert into cel (id) values (4)")
    told = run("cel")
    assert not told.passed
    assert told.said.startswith("cel: column peer gone; read as null")
    assert rows(warehouse, "count(*) from raw_cel.cel") == 4


def test_what_never_was_there_is_no_fault_and_what_is_forgotten_is_none(
    shop: Shop, run: Callable[[str], Told], warehouse: psycopg.Connection[Any]
) -> None:
    tables = {table.name: table for table in tables_of("bitrix")}
    needed = [tables["b_user"], tables["b_sale_order"], tables["b_sale_fuser"]]
    shop.create(*needed)
    assert run("bitrix").passed
    shop.admin("drop table b_sale_fuser")
    told = run("bitrix")
    assert not told.passed
    assert told.said.startswith("b_sale_fuser: it is gone")
    assert "b_sale_basket" not in told.said
    warehouse.execute("delete from ops.source_table where table_name = 'b_sale_fuser'")
    assert run("bitrix").passed


@pytest.mark.parametrize(
    ("source", "there", "said"),
    [
        ("bitrix", ["b_user"], "b_sale_order: "),
        ("loyalty", ["bl_loyalty_transaction"], "bl_loyalty_account or bl_pos_receipt: "),
        ("loyalty", ["bl_pos_receipt"], ""),
        ("subscribe", ["b_subscription", "b_posting", "b_posting_email"], ""),
        (
            "subscribe",
            ["b_sender_contact", "b_sender_posting"],
            "b_sender_posting_recipient or b_posting_email: ",
        ),
        ("cel", [], "cel: "),
    ],
)
def test_a_source_needs_its_tables(
    shop: Shop, run: Callable[[str], Told], source: str, there: list[str], said: str
) -> None:
    shop.create(*(table for table in tables_of(source) if table.name in there))
    told = run(source)
    assert told.passed == (not said)
    assert told.said.startswith(said)


def test_a_ledger_beside_the_site_is_looked_for_by_chance(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOYALTY_DATABASE_URL", raising=False)
    monkeypatch.setenv("BITRIX_DATABASE_URL", shop.url)
    assert LEDGER.present().faults(None) == []
    shop.create(tables_of("loyalty")[0])
    (fault,) = LEDGER.present().faults(None)
    assert fault.startswith("bl_loyalty_transaction or bl_pos_receipt: ")


@pytest.mark.parametrize("move", ["schema", "usage"])
def test_a_schema_out_of_reach_is_named(shop: Shop, run: Callable[[str], Told], move: str) -> None:
    if shop.system != "postgresql":
        pytest.skip("MySQL has no schemas within a database")
    shop.create(*exchange())
    run("cel")
    if move == "schema":
        shop.admin("create schema archive")
        shop.admin("alter table cel set schema archive")
    else:
        shop.admin("revoke usage on schema public from public")
    said = run("cel").said
    assert (
        "schema archive has one of this name" if move == "schema" else "USAGE on schema"
    ) in said


def test_a_warehouse_from_before_knows_what_it_has_read(
    shop: Shop, run: Callable[[str], Told], warehouse: psycopg.Connection[Any]
) -> None:
    shop.create(*exchange())
    run("cel")
    warehouse.execute("drop table ops.source_table")
    shop.admin("drop table cel")
    told = run("cel")
    assert not told.passed
    assert "3 rows stand as last read" in told.said


def test_an_api_that_shows_nothing_of_what_stands(warehouse: psycopg.Connection[Any]) -> None:
    contact = {table.name: table for table in tables_of("crm")}["contact"]
    land(warehouse, contact, [{**dict.fromkeys(contact.stored_columns), "id": 7}])
    readable = {"contact": "", "lead": "", "deal": "ERROR_METHOD_NOT_FOUND", "status": None}
    assert silenced(warehouse, tables_of("crm"), readable) == [
        "contact: nothing of it can be read, and 1 rows stand; the right to read it may be gone",
        "deal: refused, ERROR_METHOD_NOT_FOUND",
    ]
