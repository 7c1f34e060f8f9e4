"""Reader of source databases: PostgreSQL and MySQL/MariaDB behind one small interface.

Belongs here: connecting, finding out which columns exist, streaming the rows of a query. Does not
belong here: which rows an increment consists of (`increment.py`), where they go (`landing.py`).

One `read` session is one consistent snapshot (repeatable read) over all tables of the source. Rows
come through a server-side cursor, dates and numbers as text, so that zero dates and values beyond
Python's own types reach the value rules instead of failing in the driver.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, Protocol
from urllib.parse import unquote

import psycopg
import pymysql
import pymysql.cursors
from psycopg.adapt import Loader
from pymysql.constants import FIELD_TYPE

from omni_pipeline.errors import SourceError
from omni_pipeline.redaction import MYSQL_SCHEMES, POSTGRES_SCHEMES, check_url, in_words

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


Blame = Callable[[], AbstractContextManager[None]]
"""Inside it whatever the driver raises becomes the error of this source."""


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

    def __init__(self, connection: psycopg.Connection[Any], blame: Blame) -> None:
        self._connection = connection
        self._blame = blame
        for kind in ("timestamp", "timestamptz", "date", "numeric", "json", "jsonb"):
            connection.adapters.register_loader(kind, _AsText)

    def columns(self, table: str) -> dict[str, str]:
        with self._blame():
            found = self._connection.execute(
                """
                select a.attname from pg_attribute as a
                where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
                order by a.attnum
                """,
                [self.quote(table)],
            ).fetchall()
        return {name.lower(): name for (name,) in found}

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        with self._blame(), self._connection.cursor("omni_stream") as cursor:
            cursor.itersize = FETCH_ROWS
            cursor.execute(statement)  # type: ignore[call-overload]
            yield from cursor

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'


class MysqlSession:
    """Snapshot of a MySQL or MariaDB source."""

    def __init__(self, connection: "pymysql.Connection[Any]", blame: Blame) -> None:
        self._connection = connection
        self._blame = blame

    def columns(self, table: str) -> dict[str, str]:
        with self._blame(), self._connection.cursor() as cursor:
            cursor.execute(
                "select column_name from information_schema.columns "
                "where table_schema = database() and lower(table_name) = %s "
                "order by ordinal_position",
                [table.lower()],
            )
            return {name.lower(): name for (name,) in cursor.fetchall()}

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        with self._blame(), self._connection.cursor(pymysql.cursors.SSCursor) as cursor:
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
        except (psycopg.Error, pymysql.Error, OSError) as error:
            raise SourceError(self.variable, f"cannot be read: {in_words(error)}") from None

    @contextmanager
    def _postgres(self) -> Iterator[psycopg.Connection[Any]]:
        with self._blame():
            connection = psycopg.connect(
                self._url, connect_timeout=CONNECT_SECONDS, application_name="omni-pipeline"
            )
        with closing(connection):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with self._blame():
                connection.execute(
                    "select set_config('timezone', %s, true), set_config('datestyle', 'ISO', true)",
                    [self._timezone],
                )
            yield connection

    @contextmanager
    def _mysql(self) -> Iterator["pymysql.Connection[Any]"]:
        parts = self._parts
        converters: dict[Any, Any] = dict(pymysql.converters.conversions)
        converters.update(dict.fromkeys(_AS_TEXT, str))
        with self._blame():
            connection = pymysql.connect(
                host=parts.hostname or "127.0.0.1",
                port=parts.port or 3306,
                user=unquote(parts.username or ""),
                password=unquote(parts.password or ""),
                database=unquote(parts.path.lstrip("/")),
                charset="utf8mb4",
                connect_timeout=CONNECT_SECONDS,
                conv=converters,
                # TIMESTAMP columns follow the session's zone: bronze keeps the server's own.
                init_command="set session transaction isolation level repeatable read",
            )
        with closing(connection):
            with self._blame(), connection.cursor() as cursor:
                cursor.execute("start transaction with consistent snapshot, read only")
            yield connection
