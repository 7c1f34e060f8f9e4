"""Reader of source databases: PostgreSQL and MySQL/MariaDB behind one small interface.

Belongs here: connecting, within limits; what may be asked then is in `sessions.py`. Does not belong
here: which rows an increment consists of (`increment.py`), where they go (`landing.py`). One `read`
session is one consistent snapshot (repeatable read) over all tables of the source.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

import psycopg
import pymysql
import pymysql.cursors

from omni_pipeline.api.pacing import Late, within
from omni_pipeline.database.mysql_url import connection_arguments
from omni_pipeline.database.sessions import (
    ANY_UTF8,
    AS_TEXT,
    MysqlSession,
    PostgresSession,
    Session,
)
from omni_pipeline.errors import SourceError
from omni_pipeline.redaction import MYSQL_SCHEMES, POSTGRES_SCHEMES, check_url, in_words

__all__ = ["Session", "SourceDatabase"]

CONNECT_SECONDS = 10  # for each address of the host; twice that for name, addresses and signing in
LOCK_SECONDS = 120  # for a table somebody has locked; hours are better spent on the next run
SILENCE_SECONDS = 900  # without a row: a scan of 100 GB for the news of an hour
QUERY_SECONDS = 10_800  # for a table of MySQL, with our landing; an hourly run is ended before
_LOCKED, _SLOW, _SILENT, _UNREACHED = 1205, (1969, 3024), 2013, 2003  # errors of MySQL, MariaDB
_NO_MYSQL = (ValueError, IndexError, struct.error)  # PyMySQL, of a server that speaks otherwise


class _Patient(psycopg.Connection[Any]):
    """A connection that waits for its server, be it stopped or cut off, but not for ever."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            # The server's own limit comes first, so that it ends the query as well.
            return super().wait(gen, interval, timeout or SILENCE_SECONDS + CONNECT_SECONDS)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - the base class raises it
            self.close()  # without asking this server to roll back
            raise psycopg.OperationalError(f"no answer for {SILENCE_SECONDS} s") from None


class SourceDatabase:
    """A source database by URL; `variable` is the setting that errors name.

    `timezone` is the zone of the source's naive times: a zoned column is read as local time there.
    """

    def __init__(self, url: str, variable: str, timezone: str = "UTC") -> None:
        self.variable = variable
        self._timezone = timezone
        self._url = url
        self._parts = check_url(variable, url, (*POSTGRES_SCHEMES, *MYSQL_SCHEMES))
        self._is_postgres = self._parts.scheme.split("+")[0] in POSTGRES_SCHEMES

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only snapshot; it and what is asked of it raise SourceError, nobody else does.

        What the caller does meanwhile with another connection, such as the warehouse's, is not
        this source's fault and passes through as it is.
        """
        if self._is_postgres:
            with self._postgres() as postgres:
                yield PostgresSession(postgres, self._blame)
        else:
            with self._mysql() as mysql:
                yield MysqlSession(mysql, self._blame)

    @contextmanager
    def _blame(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, pymysql.Error, OSError, Late, *_NO_MYSQL) as error:
            said = _limit(error) or in_words(error)
            raise SourceError(self.variable, f"cannot be read: {said}") from None

    @contextmanager
    def _postgres(self) -> Iterator[psycopg.Connection[Any]]:
        with self._blame():
            connection = _soon(
                _Patient.connect,
                self._url,
                connect_timeout=CONNECT_SECONDS,
                application_name="omni-pipeline",
            )
        with closing(connection):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with self._blame():
                connection.execute(
                    "select set_config('timezone', %s, true), set_config('datestyle', 'ISO', true)",
                    [self._timezone],
                )
                connection.execute(
                    "select set_config('lock_timeout', %s, true), "
                    "set_config('statement_timeout', %s, true)",
                    [f"{LOCK_SECONDS}s", f"{SILENCE_SECONDS}s"],
                )
            yield connection

    @contextmanager
    def _mysql(self) -> Iterator["pymysql.Connection[Any]"]:
        converters: dict[Any, Any] = dict(pymysql.converters.conversions)
        converters.update(dict.fromkeys(AS_TEXT, str))
        arguments = connection_arguments(self._parts, self.variable)
        with self._blame():
            connection = _soon(
                pymysql.connect,
                **arguments,
                charset="utf8mb4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=CONNECT_SECONDS,
                write_timeout=CONNECT_SECONDS,
                conv=converters,
                # TIMESTAMP columns follow the session's zone: bronze keeps the server's own.
                init_command="set session transaction isolation level repeatable read",
            )
        # Signing in must not take that long, and PyMySQL takes one limit for both.
        connection._read_timeout = SILENCE_SECONDS  # noqa: SLF001
        with closing(connection):
            with self._blame(), connection.cursor() as cursor:
                _limit_queries(connection, cursor)
                cursor.execute("start transaction with consistent snapshot, read only")
            connection.encoding = ANY_UTF8
            yield connection


def _soon(connect: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """A connection; Late when names, addresses and signing in have taken too long together."""
    return within(2 * CONNECT_SECONDS, partial(connect, *arguments, **options))


def _limit_queries(connection: "pymysql.Connection[Any]", cursor: pymysql.cursors.Cursor) -> None:
    cursor.execute(f"set session lock_wait_timeout = {LOCK_SECONDS}")
    # One counts seconds, the other milliseconds; old servers know neither.
    name, value = "max_execution_time", QUERY_SECONDS * 1_000
    server = connection.get_server_info()  # type: ignore[no-untyped-call]
    if "mariadb" in str(server).lower():
        name, value = "max_statement_time", QUERY_SECONDS
    with suppress(pymysql.Error):
        cursor.execute(f"set session {name} = {value}")


def _limit(error: Exception) -> str:
    """The limit that ended it, in words; empty when it was none."""
    code = error.args[0] if error.args else None
    said = str(error)
    timed_out = code in (_SILENT, _UNREACHED) and "timed" in said
    if isinstance(error, Late | psycopg.errors.ConnectionTimeout) or (
        timed_out and code == _UNREACHED
    ):
        return f"no connection in {CONNECT_SECONDS} s"
    if isinstance(error, psycopg.errors.LockNotAvailable) or code == _LOCKED:
        return f"a table is locked, no lock in {LOCK_SECONDS} s"
    if isinstance(error, psycopg.errors.QueryCanceled) and "statement timeout" in said:
        return f"a query gave no row for {SILENCE_SECONDS} s"
    if code in _SLOW:
        return f"a query took more than {QUERY_SECONDS} s"
    return f"no answer for {SILENCE_SECONDS} s" if timed_out else ""
