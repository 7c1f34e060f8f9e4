"""Rows of a source database that cannot be read, from its table to bronze: the others land."""

import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pymysql
import pytest

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.ingest import ingest_database
from omni_pipeline.bronze.landing import LandingResult, read_cursor
from omni_pipeline.database import SourceDatabase
from omni_pipeline.sources.cel.tables import TABLES as CEL_TABLES
from omni_pipeline.sources.esp.tables import EMAIL_EVENTS
from tests.conftest import on_database
from tests.mariadb import MariaDB

Connection = psycopg.Connection[Any]
(CEL, *_) = CEL_TABLES
LONG = "".join(random.Random(1).choices("абвгдежзиклмнопрстуфхцчшщ0123456789", k=9_000))


def ingest(warehouse: Connection, url: str, table: BronzeTable) -> LandingResult:
    (outcome,) = ingest_database(warehouse, SourceDatabase(url, "ESP_DATABASE_URL"), [table])
    assert outcome.result is not None
    counts = outcome.result
    landed = counts.rows_new + counts.rows_changed + counts.rows_unchanged + counts.rows_repeated
    assert counts.rows_in == landed + counts.rows_quarantined
    return counts


@pytest.fixture(params=["SQL_ASCII", "WIN1251", "LATIN1"])
def old(request: pytest.FixtureRequest, server_url: str) -> Iterator[tuple[str, str]]:
    """A source database of an encoding in which any bytes are text to its server."""
    name = f"old_{request.param.lower()}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(
            f"create database {name} encoding '{request.param}' locale 'C' template template0"
        )
        yield on_database(server_url, name), request.param
        admin.execute(f"drop database {name} with (force)")


EVENTS = "create table bl_email_events (id numeric, event text, email {text}, payload {json})"


def test_what_anybody_may_post_to_the_events(
    warehouse: Connection, empty_database_url: str
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as source:
        source.execute(EVENTS.format(text="text", json="text"))
        bad = [
            (2, "open", "a", "[" * 1_000 + "]" * 1_000),
            (3, "open", "a", "[" * 100_000 + "]" * 100_000),
            (4, "open", "a", '{"n": NaN}'),
            ("1" + "0" * 5_000, "open", "a", "{}"),
            ("1e30", "open", "a", "{}"),
            ("NaN", "open", "a", "{}"),
            ("0.5", "open", "a", "{}"),
            (None, "open", "a", "{}"),
        ]
        good: list[Any] = [
            (1, "open", LONG, "{}"),
            (9, "open", "b", '{"a": 1, "a": 2}'),
            (8, "c", "d", "x" * 10**7),
        ]
        with source.cursor() as cursor:
            cursor.executemany("insert into bl_email_events values (%s, %s, %s, %s)", bad + good)
    result = ingest(warehouse, empty_database_url, EMAIL_EVENTS)
    assert (result.rows_new, result.rows_quarantined) == (3, 8)
    assert read_cursor(warehouse, EMAIL_EVENTS) == "9", "an id that is none hides no others"
    found = warehouse.execute(
        "select _repairs from raw_esp.bl_email_events where id = 1"
    ).fetchone()
    assert found == (["long_text"],)


def test_a_clock_of_the_year_one_is_no_cursor(
    warehouse: Connection, empty_database_url: str
) -> None:
    """An hour before it there is no time, and every later run ended there."""
    from tests.integration.ingest.test_databases import ORDER

    with psycopg.connect(empty_database_url, autocommit=True) as source:
        source.execute("create table b_order (id int, date_update timestamp, price int, note text)")
        source.execute("insert into b_order values (1, '0001-01-01 00:00:00', 1, 'x')")
    for _ in range(2):
        (outcome,) = ingest_database(
            warehouse, SourceDatabase(empty_database_url, "BITRIX_DATABASE_URL"), [ORDER]
        )
        assert outcome.result is not None
        assert outcome.result.rows_quarantined == 0


def test_calls_of_a_long_name(warehouse: Connection, empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as source:
        source.execute(
            "create table cel (id int, eventtype text, eventtime timestamp, linkedid text)"
        )
        source.execute(
            "insert into cel values (1, 'CHAN_START', '2026-05-01 10:00:00', %s),"
            " (2, 'CHAN_END', '2026-05-01 10:00:00', %s)",
            [LONG, LONG],
        )
    assert ingest(warehouse, empty_database_url, CEL).rows_new == 2
    assert warehouse.execute("select count(distinct linkedid) from raw_cel.cel").fetchone() == (1,)


def test_bytes_that_are_no_text_in_an_old_database(
    warehouse: Connection, old: tuple[str, str]
) -> None:
    url, encoding = old
    written = {"SQL_ASCII": "Ё".encode(), "WIN1251": "Ё".encode("cp1251"), "LATIN1": b"\xcb"}
    broken = {"SQL_ASCII": b"\xd0", "WIN1251": b"\x98", "LATIN1": None}[encoding]
    with psycopg.connect(url, autocommit=True) as source:
        source.execute(EVENTS.format(text="varchar(100)", json="json"))
        texts = [(1, written[encoding]), (2, written[encoding] + (broken or b""))]
        for number, stored in texts:
            literal = "".join(f"\\x{byte:02x}" for byte in stored)
            source.execute(
                f"insert into bl_email_events values ({number}, E'{literal}', E'{literal}',"
                f" json_build_object('k', E'{literal}'::text))".encode()
            )
    result = ingest(warehouse, url, EMAIL_EVENTS)
    assert (result.rows_new, result.rows_quarantined) == (2, 0)
    letter = "Ë" if encoding == "LATIN1" else "Ё"
    after = letter + ("\ufffd" if broken else "")
    found = warehouse.execute(
        "select event, email, payload ->> 'k', _repairs from raw_esp.bl_email_events order by id"
    ).fetchall()
    noted = ["undecodable_bytes"] if broken else None
    assert found == [(letter, letter, letter, None), (after, after, after, noted)]


def test_bytes_that_are_no_text_in_mysql(warehouse: Connection, mariadb: MariaDB) -> None:
    with mariadb.admin() as admin, admin.cursor() as cursor:
        cursor.execute("create database bytes")
        try:
            cursor.execute("use bytes")
            cursor.execute(EVENTS.format(text="varbinary(100)", json="longtext"))
            cursor.execute(
                "insert into bl_email_events values (1, 'Ё 🎄', 'Ё', '{}'),"
                " (2, 'b', x'D081FF', '{}')"
            )
            result = ingest(warehouse, mariadb.url("bytes"), EMAIL_EVENTS)
        finally:
            cursor.execute("drop database bytes")
    assert result.rows_new == 2
    found = warehouse.execute(
        "select event, email, _repairs from raw_esp.bl_email_events order by id"
    ).fetchall()
    assert found == [("Ё 🎄", "Ё", None), ("b", "Ё\ufffd", ["undecodable_bytes"])]


def test_mysql_text_of_any_bytes_is_read(mariadb: MariaDB) -> None:
    """A server from before checks sends what was once written: the driver reads it all the same."""
    with SourceDatabase(mariadb.url("mysql"), "BITRIX_DATABASE_URL").read() as session:
        connection: pymysql.Connection[Any] = session._connection  # type: ignore[attr-defined]
        assert b"a\xff\xd0".decode(connection.encoding) == "a\udcff\udcd0"
        assert list(session.stream("select 'Ёж 🦔'")) == [("Ёж 🦔",)]
