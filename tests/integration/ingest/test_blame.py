"""An error is told of the connection it came from: the source's, or the warehouse's."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import psycopg
import pytest

from omni_pipeline.bronze import BronzeTable, Snapshot
from omni_pipeline.bronze.ingest import ingest_database
from omni_pipeline.database import SourceDatabase
from omni_pipeline.errors import SourceError
from omni_pipeline.warehouse.resource import Warehouse

KIND, NEXT = (
    BronzeTable("probe", name, "One row per kind.", {"id": "bigint"}, ("id",), Snapshot())
    for name in ("b_kind", "b_next")
)
CANARY = "ivan.petrov@mail.ru"


@pytest.fixture
def source(empty_database_url: str) -> SourceDatabase:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("create table b_kind as select 1 as id")
        connection.execute("create table b_next as select 1 as id")
    return SourceDatabase(empty_database_url, "BITRIX_DATABASE_URL")


def in_the_warehouse(url: str, work: Callable[[psycopg.Connection[Any]], object]) -> None:
    with Warehouse(url=url).connect() as connection:
        work(connection)


def test_the_warehouses_trouble_is_not_the_sources(
    source: SourceDatabase, warehouse_url: str
) -> None:
    def ingest_and_only_read(connection: psycopg.Connection[Any]) -> None:
        outcomes = ingest_database(connection, source, [KIND, NEXT])
        next(outcomes)
        connection.execute("set default_transaction_read_only = on")
        list(outcomes)

    with pytest.raises(dg.Failure, match="OMNI_DATABASE_URL") as caught:
        in_the_warehouse(warehouse_url, ingest_and_only_read)
    assert "BITRIX" not in str(caught.value)


def test_a_warehouse_that_ends_the_connection_is_named(warehouse_url: str) -> None:
    with pytest.raises(dg.Failure, match="ended the connection"):
        in_the_warehouse(
            warehouse_url,
            lambda own: own.execute("select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"),
        )


def test_the_sources_trouble_names_its_variable(
    source: SourceDatabase, warehouse: psycopg.Connection[Any]
) -> None:
    with source.read() as session:
        reading = session.stream("select id from b_nowhere")
        with pytest.raises(SourceError, match=r"^BITRIX_DATABASE_URL: cannot be read: .*b_nowhere"):
            list(reading)


@pytest.mark.parametrize(
    "statement",
    [
        f"select '{CANARY}'::bigint",
        "create temporary table t (x text constraint c check (x not like '%@%'));"
        f"insert into t values ('{CANARY}')",
        f"create temporary table k (x text unique);insert into k values ('{CANARY}'), ('{CANARY}')",
    ],
)
def test_no_row_comes_along_with_the_warehouses_words(warehouse_url: str, statement: str) -> None:
    with pytest.raises(dg.Failure) as caught:
        in_the_warehouse(warehouse_url, lambda own: own.execute(statement))
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_no_cell_comes_along_with_a_fault_of_ours(warehouse_url: str) -> None:
    with pytest.raises(dg.Failure, match="invalid literal") as caught:
        in_the_warehouse(warehouse_url, lambda _: int(CANARY))
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__
