"""Reader of source databases: PostgreSQL and MySQL/MariaDB behind one small interface.

Belongs here: connecting, finding out which columns exist, streaming the rows of a query. Does not
belong here: which rows an increment consists of (`increment.py`), where they go (`landing.py`).

One `read` session is one consistent snapshot (repeatable read) over all tables of the source. Rows
come through a server-side cursor, dates and numbers as text, so that zero dates and values beyond
Python's own types reach the value rules instead of failing in the driver.
"""

import codecs
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from typing import Any, Protocol
from urllib.parse import unquote

import psycopg
import pymysql
import pymysql.cursors
from psycopg.adapt import Loader
from pymysql.constants import ER, FIELD_TYPE

from omni_pipeline.errors import SourceError
from omni_pipeline.pacing import Late, within
from omni_pipeline.redaction import MYSQL_SCHEMES, POSTGRES_SCHEMES, check_url, in_words

CONNECT_SECONDS = 10  # for each address of the host; twice that for name, addresses and signing in
LOCK_SECONDS = 120  # for a table somebody has locked; hours are better spent on the next run
SILENCE_SECONDS = 900  # without a row: a scan of 100 GB for the news of an hour
QUERY_SECONDS = (
    10_800  # for one table of MySQL, with our landing; Dagster ends an hourly run before
)
FETCH_ROWS = 5_000
_LOCKED, _SLOW, _SILENT, _UNREACHED = 1205, (1969, 3024), 2013, 2003  # errors of MySQL, MariaDB
_NO_MYSQL = (ValueError, IndexError, struct.error)  # PyMySQL, of a server that speaks otherwise
_ANY_UTF8 = "omni_utf8"
_AS_TEXT = (
    FIELD_TYPE.DATE,
    FIELD_TYPE.DATETIME,
    FIELD_TYPE.TIMESTAMP,
    FIELD_TYPE.DECIMAL,
    FIELD_TYPE.NEWDECIMAL,
)


class _AsText(Loader):
    """Text as it is stored: bytes that are no text there become escapes (PEP 383), which the value
    rules note, instead of an error that ends the whole read."""

    encoding = "utf-8"

    def load(self, data: Any) -> str:
        try:
            return str(data, self.encoding)
        except UnicodeDecodeError:
            return str(data, self.encoding, "surrogateescape")


def _escaping_utf8(name: str) -> codecs.CodecInfo | None:
    """The codec `omni_utf8`: UTF-8 that reads any bytes, for PyMySQL, which decodes strictly."""
    if name != _ANY_UTF8:
        return None
    return codecs.CodecInfo(
        lambda written, errors="strict": codecs.utf_8_encode(written, "surrogateescape"),
        lambda stored, errors="strict": codecs.utf_8_decode(stored, "surrogateescape", True),
        name=_ANY_UTF8,
    )


codecs.register(_escaping_utf8)


Blame = Callable[[], AbstractContextManager[None]]
"""Inside it whatever the driver raises becomes the error of this source."""


class _Patient(psycopg.Connection[Any]):
    """A connection that waits for its server, be it stopped or cut off, but not for ever."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            # The server's own limit comes first, so that it ends the query as well.
            return super().wait(gen, interval, timeout or SILENCE_SECONDS + CONNECT_SECONDS)
        except psycopg.errors._WaitTimeout:
            self.close()  # without asking this server to roll back
            raise psycopg.OperationalError(f"no answer for {SILENCE_SECONDS} s") from None


class Session(Protocol):
    """An open snapshot of one source database."""

    def columns(self, table: str) -> dict[str, str]:
        """Columns this user may read, lower-case name to the name as stored."""

    def withheld(self, table: str) -> frozenset[str]:
        """Existing columns that this user may not read, in lower case."""

    def whereabouts(self, table: str) -> str:
        """Why a table of which `columns` and `withheld` know nothing is not seen: "it is …"."""

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query, fetched in blocks from the server."""

    def quote(self, name: str) -> str:
        """An identifier as this database quotes it."""

    def digest(self, columns: Sequence[str]) -> str:
        """SQL of a number of 60 bits that stands for a row's quoted columns."""


class PostgresSession:
    """Snapshot of a PostgreSQL source."""

    def __init__(self, connection: psycopg.Connection[Any], blame: Blame) -> None:
        self._connection = connection
        self._blame = blame
        kinds: list[str | int] = ["timestamp", "timestamptz", "date", "numeric", "json", "jsonb"]
        loader: type[Loader] = _AsText
        if connection.info.parameter_status("server_encoding") != "UTF8":
            # In other encodings the server checks nothing. SQL_ASCII says nothing: most are UTF-8.
            stored = connection.info.encoding
            encoding = "utf-8" if stored == "ascii" else stored
            loader = type("_Stored", (_AsText,), {"encoding": encoding})
            kinds += ["text", "varchar", "bpchar", "name", 0]  # 0: types without a loader
        for kind in kinds:
            connection.adapters.register_loader(kind, loader)

    def columns(self, table: str) -> dict[str, str]:
        return {name.lower(): name for name, readable in self._attributes(table) if readable}

    def withheld(self, table: str) -> frozenset[str]:
        return frozenset(n.lower() for n, readable in self._attributes(table) if not readable)

    def whereabouts(self, table: str) -> str:
        statement = """
            select n.nspname, n.nspname = any(string_to_array(
                replace(current_setting('search_path'), ' ', ''), ','
            ))
            from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
            where c.relname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f')
                and not starts_with(n.nspname, 'raw_')  -- bronze in the same database
            order by 2 desc, 1
            """
        with self._blame():
            found = self._connection.execute(statement, [table]).fetchone()
        if found is None:
            return "gone"
        schema, on_path = found
        if on_path:
            return f"out of reach: the right of USAGE on schema {schema} is missing"
        return f"gone from the search path; schema {schema} has one of this name"

    def _attributes(self, table: str) -> list[tuple[str, bool]]:
        statement = """
            select a.attname, has_column_privilege(a.attrelid, a.attnum, 'select')
            from pg_attribute as a
            where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
            order by a.attnum
            """
        with self._blame():
            return self._connection.execute(statement, [self.quote(table)]).fetchall()

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        with self._blame(), self._connection.cursor("omni_stream") as cursor:
            cursor.itersize = FETCH_ROWS
            cursor.execute(statement)  # type: ignore[call-overload]
            yield from cursor

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def digest(self, columns: Sequence[str]) -> str:
        # The text of a row tells null from empty and one column from the next.
        return f"('x' || substr(md5(row({', '.join(columns)})::text), 1, 15))::bit(60)::bigint"


class MysqlSession:
    """Snapshot of a MySQL or MariaDB source."""

    def __init__(self, connection: "pymysql.Connection[Any]", blame: Blame) -> None:
        self._connection = connection
        self._blame = blame

    def columns(self, table: str) -> dict[str, str]:
        return {name.lower(): name for name, readable in self._attributes(table) if readable}

    def withheld(self, table: str) -> frozenset[str]:
        return frozenset(n.lower() for n, readable in self._attributes(table) if not readable)

    def whereabouts(self, table: str) -> str:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(f"select 1 from {self.quote(table)} limit 0")
        except pymysql.MySQLError as error:
            # What a user may not read is hidden from him: MySQL tells him no difference.
            if error.args[:1] == (ER.TABLEACCESS_DENIED_ERROR,):
                return "gone, or the right to SELECT it is"
        return "gone"

    def _attributes(self, table: str) -> list[tuple[str, bool]]:
        with self._blame(), self._connection.cursor() as cursor:
            # Only columns on which the user has any right are listed.
            cursor.execute(
                "select column_name, privileges from information_schema.columns "
                "where table_schema = database() and lower(table_name) = %s "
                "order by ordinal_position",
                [table.lower()],
            )
            return [(name, "select" in rights.lower()) for name, rights in cursor.fetchall()]

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        with self._blame(), self._connection.cursor(pymysql.cursors.SSCursor) as cursor:
            cursor.execute(statement)
            while block := cursor.fetchmany(FETCH_ROWS):
                yield from block

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def digest(self, columns: Sequence[str]) -> str:
        text = ", ',', ".join(f"quote({column})" for column in columns)
        return f"cast(conv(substr(md5(concat({text})), 1, 15), 16, 10) as unsigned)"


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
        parts = self._parts
        converters: dict[Any, Any] = dict(pymysql.converters.conversions)
        converters.update(dict.fromkeys(_AS_TEXT, str))
        with self._blame():
            connection = _soon(
                pymysql.connect,
                host=parts.hostname or "127.0.0.1",
                port=parts.port or 3306,
                user=unquote(parts.username or ""),
                password=unquote(parts.password or ""),
                database=unquote(parts.path.lstrip("/")),
                charset="utf8mb4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=CONNECT_SECONDS,
                write_timeout=CONNECT_SECONDS,
                conv=converters,
                # TIMESTAMP columns follow the session's zone: bronze keeps the server's own.
                init_command="set session transaction isolation level repeatable read",
            )
        connection._read_timeout = SILENCE_SECONDS  # signing in must not take that long
        with closing(connection):
            with self._blame(), connection.cursor() as cursor:
                _limit_queries(connection, cursor)
                cursor.execute("start transaction with consistent snapshot, read only")
            connection.encoding = _ANY_UTF8
            yield connection


def _soon(connect: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """A connection; Late when names, addresses and signing in have taken too long together."""
    return within(2 * CONNECT_SECONDS, partial(connect, *arguments, **options))


def _limit_queries(connection: "pymysql.Connection[Any]", cursor: pymysql.cursors.Cursor) -> None:
    cursor.execute(f"set session lock_wait_timeout = {LOCK_SECONDS}")
    # One counts seconds, the other milliseconds; old servers know neither.
    name, value = "max_execution_time", QUERY_SECONDS * 1_000
    if "mariadb" in str(connection.get_server_info()).lower():
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
