"""What may be asked of an open snapshot of a source: which columns there are, and rows.

Rows come through a server-side cursor, dates and numbers as text, so that zero dates and values
beyond Python's own types reach the value rules instead of failing in the driver.
"""

import codecs
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import psycopg
import pymysql
import pymysql.cursors
from psycopg.adapt import Loader
from pymysql.constants import ER, FIELD_TYPE

FETCH_ROWS = 5_000
ANY_UTF8 = "omni_utf8"
AS_TEXT = (
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
    if name != ANY_UTF8:
        return None
    return codecs.CodecInfo(
        lambda written, errors="strict": codecs.utf_8_encode(written, "surrogateescape"),
        lambda stored, errors="strict": codecs.utf_8_decode(stored, "surrogateescape", True),
        name=ANY_UTF8,
    )


codecs.register(_escaping_utf8)


Blame = Callable[[], AbstractContextManager[None]]
"""Inside it whatever the driver raises becomes the error of this source."""


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
            cursor.execute(statement)
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
