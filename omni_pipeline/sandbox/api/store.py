"""The stub portal's storage: table `entity` of sandbox_portal behind a few connections.

Belongs here: SQL and the pool. Requests run in worker threads; each borrows a connection.
"""

import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

_OPERATORS = {">=": ">=", "<=": "<=", "!=": "<>", ">": ">", "<": "<", "!": "<>", "=": "="}
# Fields whose value is the row's modification time, kept beside the payload.
_CLOCKS = {"DATE_MODIFY", "LAST_UPDATED", "CREATED_TIME"}
PORTAL_ZONE = "Europe/Moscow"  # reads filter times that come without an offset


class Store:
    """Reads entities of one kind with the filters and orders of the real list methods."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._idle: queue.LifoQueue[psycopg.Connection[Any]] = queue.LifoQueue()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = psycopg.connect(
                self._url, autocommit=True, options=f"-c timezone={PORTAL_ZONE}"
            )
        try:
            yield connection
        except psycopg.OperationalError:
            connection.close()
            raise
        finally:
            if not connection.closed:
                self._idle.put(connection)

    def close(self) -> None:
        """Close idle connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def select(
        self,
        kind: str,
        filters: Mapping[str, Any],
        *,
        order: Mapping[str, str] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """Payloads that meet all filters ('>ID', '>=DATE_MODIFY', 'STATUS_ID' …)."""
        where, values = _where(kind, filters)
        ordering = [_ordering(field, way) for field, way in (order or {"ID": "ASC"}).items()]
        statement = sql.SQL(
            "select payload from entity where {} order by {}, id limit %s offset %s"
        ).format(where, sql.SQL(", ").join(ordering))
        with self._connection() as connection:
            found = connection.execute(statement, [*values, limit, offset]).fetchall()
        return [row[0] for row in found]

    def count(self, kind: str, filters: Mapping[str, Any]) -> int:
        """How many entities meet all filters."""
        where, values = _where(kind, filters)
        statement = sql.SQL("select count(*) from entity where {}").format(where)
        with self._connection() as connection:
            row = connection.execute(statement, values).fetchone()
        return int(row[0]) if row else 0


def _where(kind: str, filters: Mapping[str, Any]) -> tuple[sql.Composed, Sequence[Any]]:
    parts: list[sql.Composable] = [sql.SQL("kind = %s")]
    values: list[Any] = [kind]
    for name, value in filters.items():
        mark = next((mark for mark in _OPERATORS if name.startswith(mark)), "")
        field = name[len(mark) :]
        if value in ("", None):
            continue  # the real methods ignore a filter without a value
        operator = sql.SQL(_OPERATORS.get(mark, "="))
        parts.append(sql.SQL("{} {} {}").format(_column(field), operator, _typed(field)))
        values.append(str(value))
    return sql.SQL(" and ").join(parts), values


def _column(field: str) -> sql.Composable:
    if field == "ID":
        return sql.SQL("id")
    if field in _CLOCKS:
        # Answers show whole seconds; comparing finer would lose rows at the border.
        return sql.SQL("date_trunc('second', modified_at)")
    return sql.SQL("payload ->> {}").format(sql.Literal(field))


def _typed(field: str) -> sql.SQL:
    if field == "ID":
        return sql.SQL("%s::bigint")
    return sql.SQL("%s::timestamptz") if field in _CLOCKS else sql.SQL("%s")


def _ordering(field: str, way: str) -> sql.Composed:
    direction = sql.SQL("desc" if str(way).upper() == "DESC" else "asc")
    return sql.SQL("{} {}").format(_column(field), direction)
