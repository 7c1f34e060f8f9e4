"""Fixtures every test may use: one PostgreSQL per test run, one database per test.

The server is the embedded one, in a temporary home, so that tests neither need nor touch a running
pipeline. A test's database is cloned from a template that already holds all bronze and ops tables.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from omni_pipeline.postgres import EmbeddedPostgres
from tests.folders import server_folder
from tests.mariadb import MariaDB

REPOSITORY = Path(__file__).resolve().parents[1]
_numbers = count(1)
# A server of tests may lose everything when it dies. Each drop of a table looks through all shared
# buffers, and dbt drops a hundred an hour.
UNSAFE = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


def pytest_configure() -> None:
    """Search for cycles seldom: dbt in this process keeps millions of objects.

    To look through them again and again was up to a quarter of a run's processor time.
    """
    gc.set_threshold(50_000, 20, 20)


def on_database(url: str, database: str) -> str:
    """The same server's URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Admin URL of a fresh embedded PostgreSQL that ends with the test run."""
    home = server_folder("omni-test-")
    server = EmbeddedPostgres(home)
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name, value in UNSAFE.items():
            connection.execute(f"alter system set {name} = '{value}'")
    server.stop()
    server.start()
    yield server.url("postgres")
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(server_url: str) -> str:
    """Name of a database with the ops schema and every bronze table, all empty."""
    from omni_pipeline.sources.catalog import ensure_all

    name = "template_bronze"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    with psycopg.connect(on_database(server_url, name), autocommit=True) as connection:
        ensure_all(connection)
    return name


@pytest.fixture
def warehouse_url(server_url: str, template_database: str) -> Iterator[str]:
    """URL of a database of this test's own, cloned from the template and dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template_database}")
    yield on_database(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """URL of an empty database of this test's own: a source system for it to fill."""
    name = f"source_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield on_database(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def warehouse(warehouse_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """An autocommit connection to this test's warehouse."""
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A fresh MariaDB server; its tests are skipped, with the reason, where there is none."""
    server = MariaDB()
    try:
        server.start()
    except RuntimeError as reason:
        pytest.skip(f"MariaDB: {reason}")
    yield server
    server.stop()
