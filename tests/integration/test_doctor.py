"""`omni doctor` as a process: what is dead, mute, gone or forbidden, and that it always ends."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from omni_pipeline.bronze.freshness import note_hours
from omni_pipeline.bronze.ingest import ingest_database
from omni_pipeline.database import SourceDatabase
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.sources.cel.tables import TABLES
from tests.command import Omni

(CEL,) = TABLES
SECONDS = 60  # not a measure of speed: a doctor that waits for the dead would wait for ever
VARIABLE = "CEL_DATABASE_URL"


@contextmanager
def mute(full: bool = False) -> Iterator[int]:
    """A port that takes connections and never says a word; when `full`, it takes not even these."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = int(listener.getsockname()[1])
        for _ in range(2 if full else 0):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


@pytest.fixture(scope="module")
def omni() -> Iterator[Omni]:
    command = Omni()
    command.execute("postgres", "create database warehouse")
    with psycopg.connect(command.url("warehouse"), autocommit=True) as connection:
        ensure_all(connection)
    yield command
    command.remove()


@pytest.fixture
def exchange(omni: Omni) -> Iterator[str]:
    """URL of an exchange's log of ten weeks, which the warehouse has read until just now."""
    omni.execute("postgres", "create database exchange")
    url = omni.url("exchange")
    columns = ", ".join(f"{name} {kind}" for name, kind in CEL.columns.items())
    newest = datetime.now(UTC) - timedelta(minutes=30)
    omni.execute(
        "exchange",
        f"create table cel ({columns}, primary key (id))",
        f"insert into cel (id, eventtime) select i, timestamp '{newest:%F %T}' "
        "- (1680 - i) * interval '1 hour' from generate_series(1, 1680) as i",
        "create role reader login password 'pw'",
        "grant select on cel to reader",
    )
    with psycopg.connect(omni.url("warehouse"), autocommit=True) as connection:
        list(ingest_database(connection, SourceDatabase(url, VARIABLE), TABLES))
        note_hours(connection, CEL, "UTC")
    yield url.replace(url.split("//")[1].split("@")[0], "reader:pw")
    omni.execute("postgres", "drop database exchange with (force)", "drop role reader")
    omni.execute(
        "warehouse",
        "truncate raw_cel.cel, ops.batch, ops.cursor, ops.source_table, ops.active_hour",
    )


def bad(omni: Omni, **settings: str) -> list[str]:
    """Lines of what is not in order; there must be some, and exit code 2."""
    process = omni.start("doctor", **settings)
    said, _ = process.communicate(timeout=SECONDS)
    assert "Traceback" not in said
    assert process.returncode == 2, said
    return [line.removeprefix("BAD  ") for line in said.splitlines() if line.startswith("BAD")]


def test_a_whole_source_is_in_order(omni: Omni, exchange: str) -> None:
    said = omni.done("doctor", CEL_DATABASE_URL=exchange)
    assert "cel: 1 of 1 tables present (CEL_DATABASE_URL)" in said
    assert "cel: read last 20" in said
    assert "newest rows of the hour 20" in said


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("alter table cel rename to cel_old", "cel: it is gone; 1,680 rows stand as last read"),
        ("alter table cel drop column linkedid", "cel: column linkedid gone; left as last read"),
        ("revoke select on cel from reader", "cel: the right to SELECT it is missing"),
        (
            "revoke select on cel from reader; grant select (id, eventtime) on cel to reader",
            "cel: the right to SELECT columns ",
        ),
        ("create schema old; alter table cel set schema old", "schema old has one of this name"),
    ],
)
def test_what_is_gone_is_named(omni: Omni, exchange: str, statement: str, words: str) -> None:
    omni.execute("exchange", statement)
    head, fault = bad(omni, CEL_DATABASE_URL=exchange)
    assert head.startswith("cel: ")
    assert words in fault
    assert VARIABLE in fault


def test_a_source_without_its_tables_is_not_in_order(omni: Omni) -> None:
    _, *faults = bad(omni, LOYALTY_DATABASE_URL=omni.url("postgres"))
    assert [fault.split(": the source has none")[0] for fault in faults] == [
        "loyalty: bl_loyalty_account or bl_pos_receipt",
        "loyalty: bl_loyalty_transaction or bl_pos_receipt",
    ]


def test_a_late_source_is_told_by_the_time_of_its_rows(omni: Omni, exchange: str) -> None:
    omni.execute("warehouse", "update ops.active_hour set hour = hour - interval '2 days'")
    (late,) = bad(omni, CEL_DATABASE_URL=exchange)
    assert late.startswith("cel: late: cel: no row since 20")


def test_a_database_that_is_gone_is_told(omni: Omni, exchange: str) -> None:
    (said,) = bad(omni, CEL_DATABASE_URL=exchange.replace("/exchange", "/gone"))
    assert said.startswith("cel: CEL_DATABASE_URL: cannot be read: ")


@contextmanager
def frozen(omni: Omni) -> Iterator[None]:
    """The embedded server takes connections, for its kernel does, and never answers."""
    omni.url("warehouse")
    (data,) = omni.home.glob("postgres-*")
    postmaster = int((data / "postmaster.pid").read_text().split("\n")[0])
    os.kill(postmaster, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(postmaster, signal.SIGCONT)


def test_everything_dead_at_once(omni: Omni) -> None:
    """One test, for it takes the ten seconds that the doctor waits."""
    with mute() as gone:
        pass  # nobody listens there any more
    with mute() as one, mute(full=True) as two, frozen(omni):
        said = bad(
            omni,
            BITRIX_DATABASE_URL=f"postgresql://reader:s3cret@127.0.0.1:{one}/shop",
            CEL_DATABASE_URL=f"mysql://reader:s3cret@127.0.0.1:{one}/asterisk",
            ESP_DATABASE_URL=f"mysql://reader:s3cret@127.0.0.1:{two}/shop",
            LOYALTY_DATABASE_URL=f"postgresql://reader:s3cret@127.0.0.1:{two}/shop",
            CRM_WEBHOOK_URL=f"http://127.0.0.1:{gone}/rest/1/s3cret/",
            UNISENDER_API_KEY="s3cret",
            UNISENDER_API_URL=f"http://127.0.0.1:{one}/ru/api",
        )
    told = sorted(line.split(":")[0] for line in said)
    assert told == [*("bitrix", "cel", "crm", "esp", "esp", "loyalty", "subscribe", "warehouse")]
    (crm,) = (line for line in said if line.startswith("crm: "))
    assert crm.startswith("crm: CRM_WEBHOOK_URL: no answer within 10 s (")
    assert "connection failed" in crm, "it is still being asked again, and why"
    assert not [line for line in said if "s3cret" in line]


def test_a_dead_warehouse_keeps_no_source_from_being_told(omni: Omni, exchange: str) -> None:
    dead = "postgresql://omni:s3cret@127.0.0.1:1/warehouse"
    (said,) = bad(omni, OMNI_DATABASE_URL=dead, CEL_DATABASE_URL=exchange)
    assert said.startswith("warehouse: OMNI_DATABASE_URL: ")
    assert "s3cret" not in said
