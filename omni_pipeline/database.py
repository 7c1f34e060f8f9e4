"""Reader of source databases: PostgreSQL and MySQL/MariaDB behind one small interface.

Belongs here: connecting, finding out which columns exist, streaming the rows of a query. Does not
belong here: which rows an increment consists of (`increment.py`), where they go (`landing.py`).

One `read` session is one consistent snapshot (repeatable read) over all tables of the source. Rows
come through a server-side cursor, dates and numbers as text, so that zero dates and values beyond
Python's own types reach the value rules instead of failing in the driver.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
import pymysql
import pymysql.cursors
from psycopg.adapt import Loader
from pymysql.constants import FIELD_TYPE

from omni_pipeline.errors import SourceError
from omni_pipeline.redaction import driver_words
from omni_pipeline.sources.mysql import connection_arguments

CONNECT_SECONDS = 10
FETCH_ROWS = 5_000
_AS_TEXT = (
    FIELD_TYPE.DATE,
    FIELD_TYPE.DATETIME,
    FIELD_TYPE.TIMESTAMP,
    FIELD_TYPE.DECIMAL,
    FIELD_TYPE.NEWDECIMAL,
)


class _AsText(Loader):
    def load(self, data: Any) -> str:
        return bytes(data).decode()


class Session(Protocol):
    """An open snapshot of one source database."""

    def columns(self, table: str) -> dict[str, str]:
        """Existing columns, lower-case name to the name as stored; empty if there is no table."""

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query, fetched in blocks from the server."""

    def quote(self, name: str) -> str:
        """An identifier as this database quotes it."""


class PostgresSession:
    """Snapshot of a PostgreSQL source."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        for kind in ("timestamp", "timestamptz", "date", "numeric", "json", "jsonb"):
            connection.adapters.register_loader(kind, _AsText)

    def columns(self, table: str) -> dict[str, str]:
        found = self._connection.execute(
            """
            select a.attname from pg_attribute as a
            where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
            order by a.attnum
            """,
            [self.quote(table)],
        )
        return {name.lower(): name for (name,) in found}

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        with self._connection.cursor("omni_stream") as cursor:
            cursor.itersize = FETCH_ROWS
            cursor.execute(statement)  # type: ignore[call-overload]
            yield from cursor

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'


class MysqlSession:
    """Snapshot of a MySQL or MariaDB source."""

    def __init__(self, connection: "pymysql.Connection[Any]") -> None:
        self._connection = connection

    def columns(self, table: str) -> dict[str, str]:
        with self._connection.cursor() as cursor:
            cursor.execute(
                "select column_name from information_schema.columns "
                "where table_schema = database() and lower(table_name) = %s "
                "order by ordinal_position",
                [table.lower()],
            )
            return {name.lower(): name for (name,) in cursor.fetchall()}

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        with self._connection.cursor(pymysql.cursors.SSCursor) as cursor:
            cursor.execute(statement)
            while block := cursor.fetchmany(FETCH_ROWS):
                yield from block

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"


class SourceDatabase:
    """A source database by URL; `variable` is the setting that errors name.

    `timezone` is the zone of the source's naive times: a zoned column is read as local time there.
    """

    def __init__(self, url: str, variable: str, timezone: str = "UTC") -> None:
        self.variable = variable
        self._timezone = timezone
        self._url = url
        self._scheme = urlsplit(url).scheme.split("+")[0]
        if self._scheme not in ("postgresql", "postgres", "mysql", "mariadb"):
            raise SourceError(variable, "must start with postgresql:// or mysql://")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only snapshot; raises SourceError when the database cannot be reached."""
        if self._scheme.startswith("postgres"):
            with self._postgres() as postgres:
                yield PostgresSession(postgres)
        else:
            with self._mysql() as mysql:
                yield MysqlSession(mysql)

    @contextmanager
    def _postgres(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            connection = psycopg.connect(
                self._url, connect_timeout=CONNECT_SECONDS, application_name="omni-pipeline"
            )
        except psycopg.Error as error:
            raise SourceError(self.variable, self._said(error)) from None
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            with connection:
                connection.execute(
                    "select set_config('timezone', %s, true), set_config('datestyle', 'ISO', true)",
                    [self._timezone],
                )
                yield connection
        except psycopg.OperationalError as error:
            raise SourceError(self.variable, self._said(error)) from None

    @contextmanager
    def _mysql(self) -> Iterator["pymysql.Connection[Any]"]:
        converters: dict[Any, Any] = dict(pymysql.converters.conversions)
        converters.update(dict.fromkeys(_AS_TEXT, str))
        try:
            connection = pymysql.connect(
                **connection_arguments(self._url, self.variable),
                charset="utf8mb4",
                connect_timeout=CONNECT_SECONDS,
                conv=converters,
                # TIMESTAMP columns follow the session's zone: bronze keeps the server's own.
                init_command="set session transaction isolation level repeatable read",
            )
        except pymysql.Error as error:
            raise SourceError(self.variable, self._said(error)) from None
        try:
            with connection.cursor() as cursor:
                cursor.execute("start transaction with consistent snapshot, read only")
            yield connection
        except pymysql.OperationalError as error:
            raise SourceError(self.variable, self._said(error)) from None
        finally:
            connection.close()

    def _said(self, error: Exception) -> str:
        return f"cannot be read: {driver_words(error, self._url)}"
