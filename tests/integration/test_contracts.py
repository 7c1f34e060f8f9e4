"""Published contracts: the DDL in `omni_pipeline/contracts` makes exactly what bronze reads."""

from pathlib import Path

import psycopg
import pytest

import omni_pipeline
from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.increment import TableReader
from omni_pipeline.database import SourceDatabase
from omni_pipeline.sources import source_names
from omni_pipeline.sources.catalog import tables_of
from tests.mariadb import MariaDB

FOLDER = Path(omni_pipeline.__file__).parent / "contracts"
CONTRACTS = [t for name in source_names() for t in tables_of(name) if t.name.startswith("bl_")]


def statements(dialect: str) -> list[str]:
    text = (FOLDER / f"{dialect}.sql").read_text()
    return [part for part in text.split(";") if part.strip()]


def assert_readable(database: SourceDatabase, table: BronzeTable) -> None:
    with database.read() as session:
        assert set(session.columns(table.name)) == set(table.columns)
        reader = TableReader(session, table)
        assert list(reader.rows(None)) == []


@pytest.fixture
def postgres_site(empty_database_url: str) -> SourceDatabase:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        for statement in statements("postgresql") * 2:  # running it again must do no harm
            connection.execute(statement)
    return SourceDatabase(empty_database_url, "BITRIX_DATABASE_URL")


@pytest.fixture(scope="module")
def mysql_site(mariadb: MariaDB) -> SourceDatabase:
    with mariadb.admin() as admin, admin.cursor() as cursor:
        cursor.execute("create database contracts")
    with mariadb.admin("contracts") as connection, connection.cursor() as cursor:
        for statement in statements("mysql") * 2:
            cursor.execute(statement)
    return SourceDatabase(mariadb.url("contracts"), "BITRIX_DATABASE_URL")


def test_every_contract_is_published() -> None:
    assert sorted(table.name for table in CONTRACTS) == [
        "bl_email_events",
        "bl_loyalty_account",
        "bl_loyalty_transaction",
        "bl_pos_receipt",
        "bl_product_cost",
        "bl_web_session",
    ]


@pytest.mark.parametrize("table", CONTRACTS, ids=lambda table: table.name)
def test_postgresql_has_the_declared_columns(
    postgres_site: SourceDatabase, table: BronzeTable
) -> None:
    assert_readable(postgres_site, table)


@pytest.mark.parametrize("table", CONTRACTS, ids=lambda table: table.name)
def test_mysql_has_the_declared_columns(mysql_site: SourceDatabase, table: BronzeTable) -> None:
    assert_readable(mysql_site, table)
