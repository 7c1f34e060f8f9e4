"""What only one at a time does: who may hold it up, who waits, and that a dead one does not."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from omni_pipeline.ops import ARRIVAL, CREATION, PUBLICATION, ensure_ops, lock
from omni_pipeline.warehouse.publication import publishing
from tests.conftest import REPOSITORY

ANALYST = "lock_analyst"
# What older versions locked; anybody may.
FORMER_KEYS = (7_205_759_403_792, 7_205_759_403_793)
HOLDER = """
import sys, time, psycopg
from omni_pipeline.warehouse.publication import publishing
with psycopg.connect(sys.argv[1], autocommit=True) as connection, publishing(connection):
    print("held", flush=True)
    time.sleep(600)
"""
Warehouse = psycopg.Connection[Any]


@pytest.fixture
def analyst(warehouse: Warehouse, warehouse_url: str) -> Iterator[Warehouse]:
    """Who may read the marts, and the bookkeeping as well."""
    warehouse.execute("create schema if not exists marts")
    warehouse.execute(f"create role {ANALYST}")
    warehouse.execute(f"grant usage on schema marts, ops to {ANALYST}")
    warehouse.execute(f"grant select on all tables in schema ops to {ANALYST}")
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        connection.execute(f"set role {ANALYST}")
        yield connection
    warehouse.execute(f"drop owned by {ANALYST}")
    warehouse.execute(f"drop role {ANALYST}")


def test_an_analyst_can_hold_up_neither_arrivals_nor_publication(
    warehouse: Warehouse, analyst: Warehouse
) -> None:
    for key in FORMER_KEYS:
        analyst.execute("select pg_advisory_lock(%s)", [key])
    for text in ("loyalty.discrepancy", "marts.datadriven_channel"):
        analyst.execute("select pg_advisory_lock(hashtext(%s))", [text])
    modes = ("row share", "row exclusive", "share", "share row exclusive", "access exclusive")
    for what in (ARRIVAL, PUBLICATION, CREATION):
        for mode in modes:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), analyst.transaction():
                analyst.execute(f"lock table ops.{what} in {mode} mode")
    with analyst.transaction():
        for what in (ARRIVAL, PUBLICATION, CREATION):  # all that the right to read allows
            analyst.execute(f"lock table ops.{what} in access share mode")
        warehouse.execute("set lock_timeout = '5s'")
        ensure_ops(warehouse)
        with warehouse.transaction():
            lock(warehouse, ARRIVAL)
        with publishing(warehouse) as bound:
            assert bound == 0
    assert not warehouse.execute(
        "select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    ).fetchall()


def test_a_second_publisher_waits_and_a_killed_one_lets_go(
    warehouse: Warehouse, warehouse_url: str
) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDER, warehouse_url],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with psycopg.connect(warehouse_url) as impatient:
            impatient.execute("set lock_timeout = '300ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                lock(impatient, PUBLICATION)
        (held,) = warehouse.execute(
            "select count(*) from pg_stat_activity where state = 'idle in transaction'"
            " and datname = current_database() and backend_xmin is not null"
        ).fetchone() or (None,)
        assert held == 0, "the holder keeps no snapshot that a vacuum would wait for"
    finally:
        first.kill()
        first.wait()
    with publishing(warehouse) as bound:
        assert bound == 0


def test_limits_of_the_role_do_not_end_the_right_to_publish(
    warehouse: Warehouse, warehouse_url: str
) -> None:
    limited = f"{warehouse_url}?options=-cidle_in_transaction_session_timeout%3D200"
    with psycopg.connect(limited, autocommit=True) as connection, publishing(connection):
        connection.execute("select pg_sleep(0.6)")
        with psycopg.connect(warehouse_url) as other:
            other.execute("set lock_timeout = '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                lock(other, PUBLICATION)


def test_whoever_lost_the_right_to_publish_does_not_end_well(
    warehouse: Warehouse,
) -> None:
    with pytest.raises(psycopg.OperationalError), publishing(warehouse):
        warehouse.execute(
            "select pg_terminate_backend(pid, 5000) from pg_locks"
            " where relation = 'ops.publication_lock'::regclass"
        )


def test_many_make_the_bookkeeping_of_an_empty_warehouse(empty_database_url: str) -> None:
    def make(_: int) -> None:
        with psycopg.connect(empty_database_url, autocommit=True) as connection:
            ensure_ops(connection)

    for _ in range(5):
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(make, range(6)))
        with psycopg.connect(empty_database_url, autocommit=True) as connection:
            connection.execute("drop schema ops cascade")
