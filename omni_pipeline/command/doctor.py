"""`omni doctor` and the check before a run: which sources are configured, reachable, and how."""

import logging
import platform
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import Any

import psycopg

from omni_pipeline.bronze import freshness
from omni_pipeline.bronze.endpoint import Endpoint
from omni_pipeline.command.local import Local
from omni_pipeline.errors import ConfigurationError
from omni_pipeline.ops import is_demo
from omni_pipeline.redaction import in_words
from omni_pipeline.sources import source_names
from omni_pipeline.sources.catalog import tables_of

Line = tuple[bool, str]
SECONDS = 10.0  # for everything that is asked; starting and printing take the rest of fifteen
CONNECT_SECONDS = 5
PACKAGES = ("dagster", "dagster-dbt", "dbt-core", "dbt-postgres", "sqlalchemy", "pandas", "psycopg")


def endpoints() -> Iterator[Endpoint]:
    """Every endpoint of every source."""
    for name in source_names():
        yield from import_module(f"omni_pipeline.sources.{name}.access").endpoints()


def configured_endpoints() -> list[Endpoint]:
    """The endpoints whose settings are given."""
    return [endpoint for endpoint in endpoints() if endpoint.configured]


def check_configured() -> list[str]:
    """Ask every configured source, and say in words which are not configured.

    Raises SourceError for the first configured source that cannot be read.
    """
    said = []
    for endpoint in endpoints():
        if endpoint.configured:
            said.append(f"{endpoint.source}: {endpoint.check()}")
        else:
            said.append(f"{endpoint.source}: not configured (set {endpoint.wanted})")
    return said


def examine(machine: Local) -> Iterator[tuple[bool, str]]:
    """Lines of the report, each with whether it is in order; all within a few seconds.

    Everything is asked at once, each in a thread that nobody waits for longer than SECONDS, for a
    host that swallows packets or a server that says nothing can hold a thread for ever.
    """
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield True, f"python {platform.python_version()}, {versions}"
    deadline = time.monotonic() + SECONDS
    warnings = _Warnings()
    memory: Future[str | None] = Future()
    asked: list[tuple[str, Callable[[], list[Line]]]] = [
        ("warehouse", lambda: _warehouse(machine, memory)),
        *(
            (
                f"{endpoint.source}: {endpoint.variable}",
                partial(_source, endpoint, memory, deadline),
            )
            for endpoint in endpoints()
        ),
        ("freshness", lambda: _rhythms(memory, deadline)),
    ]
    inquiries = [_Asked(name, ask, deadline) for name, ask in asked]
    for inquiry in inquiries:
        yield from inquiry.lines(warnings)


class _Asked:
    """Lines that a thread of its own finds out; whoever waits for them stops at the deadline."""

    def __init__(self, name: str, ask: Callable[[], list[Line]], deadline: float) -> None:
        self._name = name
        self._ask = ask
        self._deadline = deadline
        self._found: Future[list[Line]] = Future()
        # Not an executor's: those are waited for when the process ends.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.set_result(self._ask())
        except Exception as error:  # noqa: BLE001 - told by `lines`
            self._found.set_exception(error)

    def lines(self, warnings: "_Warnings") -> list[Line]:
        try:
            error = self._found.exception(max(0.0, self._deadline - time.monotonic()))
        except TimeoutError:
            last = warnings.by_thread.get(self._thread.ident)
            said = f"{self._name}: no answer within {SECONDS:.0f} s"
            return [(False, f"{said} ({last})" if last else said)]
        if error is None:
            return self._found.result()
        if isinstance(error, ConfigurationError):
            return [(False, f"{self._name.partition(':')[0]}: {error}")]
        # The words of an error that nobody foresaw may hold a secret.
        return [(False, f"{self._name}: failed with {type(error).__name__}")]


class _Warnings(logging.Handler):
    """The last warning of each thread: why an HTTP source is still being asked again."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.by_thread: dict[int | None, str] = {}
        logging.getLogger("omni_pipeline.api").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.by_thread[record.thread] = record.getMessage()


def _source(endpoint: Endpoint, memory: "Future[str | None]", deadline: float) -> list[Line]:
    """What the source has, and what it lacks of what the warehouse remembers of it."""
    if not endpoint.configured:
        said = f"{endpoint.source}: not configured; set {endpoint.wanted} to include it"
        return [(True, said)]
    present = endpoint.present()
    with _remembering(memory, deadline) as connection:
        faults = present.faults(connection)
    where = f"({endpoint.variable})"
    found = [(not faults, f"{endpoint.source}: {present.words} {where}")]
    return found + [(False, f"{endpoint.source}: {fault} {where}") for fault in faults]


def _rhythms(memory: "Future[str | None]", deadline: float) -> list[Line]:
    """When each configured source was last read, and which tables were late then."""
    found: list[Line] = []
    with _remembering(memory, deadline) as connection:
        if connection is None:
            return []
        for source in dict.fromkeys(endpoint.source for endpoint in configured_endpoints()):
            row = connection.execute(
                "select max(finished_at) from ops.batch where source = %s", [source]
            ).fetchone()
            if row is None or row[0] is None:
                found.append((True, f"{source}: not read yet"))
                continue
            silences = list(freshness.silences(connection, tables_of(source), row[0]))
            said = f"{source}: read last {_minute(row[0])}"
            if silences:
                newest = max(silence.newest for _, silence in silences)
                said += f", newest rows of the hour {_minute(newest)}"
            found.append((True, said))
            found += [
                (False, f"{source}: late: {freshness.in_words(table, silence)}")
                for table, silence in silences
                if silence.late
            ]
    return found


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@contextmanager
def _remembering(
    memory: "Future[str | None]", deadline: float
) -> Iterator[psycopg.Connection[Any] | None]:
    """A connection to the warehouse's memory; None if it has none, or does not answer in time."""
    try:
        # A second is left to say what was found without it.
        url = memory.result(max(0.0, deadline - time.monotonic() - 1))
    except TimeoutError:
        url = None
    if url is None:
        yield None
        return
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
        # Counting what stands of a large table that is gone must not hide that it is gone.
        connection.execute("set default_transaction_read_only = on; set statement_timeout = '2s'")
        yield connection


def _warehouse(machine: Local, memory: "Future[str | None]") -> list[Line]:
    """The state of the warehouse; its URL goes into `memory` if it remembers sources."""
    remembering = None
    try:
        if not machine.external and not machine.server.running():
            return [(True, f"warehouse: embedded server in {machine.home}, not running")]
        url = machine.warehouse_url(machine.last_used())
        try:
            with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
                row = connection.execute(
                    "select current_setting('server_version_num')::int, current_database(), "
                    "to_regclass('marts.bl_customer_profile') is not null, "
                    "to_regclass('ops.source_table') is not null"
                ).fetchone()
                invented = bool(is_demo(connection))
        except psycopg.Error as error:
            return [(False, f"warehouse: OMNI_DATABASE_URL: {in_words(error)}")]
        assert row is not None
        number, name, published, remembers = row
        # What the demo read was invented: it says nothing of the sources that are set here.
        remembering = url if remembers and not invented else None
    finally:
        memory.set_result(remembering)
    kind = "OMNI_DATABASE_URL" if machine.external else "embedded server"
    state = "marts are published" if published else "nothing is published yet"
    said = f"warehouse: {kind}, PostgreSQL {number // 10000}, database {name}, {state}"
    if invented:
        said += " (of the invented shop of `omni demo`)"
    if number < 150000:
        return [(False, f"{said}; PostgreSQL 15 or newer is needed")]
    return [(True, said)]
