"""Which rows of a source table are new: the SELECT of one increment and the cursor it leads to.

Pure with respect to the warehouse: a stored cursor in, rows and the next cursor out. A source may
lack tables and columns (editions and ages differ): a missing column is read as null, a table
without a usable clock is read whole.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from omni_pipeline.bronze import Appended, BronzeTable, Modified, OwnedBy, Snapshot
from omni_pipeline.database import Session


class TableReader:
    """Reads one declared table through an open session.

    `exists` says whether the source has it, `missing` which declared columns it lacks, `whole`
    whether every read takes all rows. After `rows` has ended, `latest` is the next cursor.
    """

    def __init__(self, session: Session, table: BronzeTable) -> None:
        self._session = session
        self._table = table
        self._stored = session.columns(table.name)
        self.latest: str | None = None
        cursor = table.cursor
        parent = session.columns(cursor.parent) if isinstance(cursor, OwnedBy) else {}
        self._parent = parent if isinstance(cursor, OwnedBy) and cursor.parent_key in parent else {}
        self._clocks = self._find_clocks()

    @property
    def exists(self) -> bool:
        return bool(self._stored)

    @property
    def missing(self) -> list[str]:
        return [name for name in self._table.columns if self._actual(name) is None]

    @property
    def missing_key(self) -> list[str]:
        return [name for name in self._table.key if self._actual(name) is None]

    @property
    def whole(self) -> bool:
        return not self._clocks

    def rows(self, since: str | None, *, complete: bool = False) -> Iterator[list[Any]]:
        """Stream the rows after `since` (None: all), or all of them when `complete`."""
        self.latest = since
        fields = [self._field(name) for name in self._table.columns]
        user_fields = self._user_fields()
        selected = [*fields, *(f"t.{quoted}" for quoted in user_fields.values()), *self._clocks]
        statement = f"select {', '.join(selected)} from {self._from()}"
        if since is not None and not complete and not self.whole:
            statement += f" where {self._after(since)}"
        statement += " order by " + ", ".join(f"t.{self._quoted(k)}" for k in self._table.key)
        width, clocks = len(fields), len(self._clocks)
        for row in self._session.stream(statement):
            values = list(row[:width])
            if self._table.uf:
                pairs = zip(user_fields, row[width : len(row) - clocks], strict=True)
                values.append({name: value for name, value in pairs if value is not None})
            for value in row[len(row) - clocks :]:
                self._advance(value)
            yield values

    def _actual(self, name: str) -> str | None:
        for candidate in (name, *self._table.aliases.get(name, ())):
            if candidate in self._stored:
                return self._stored[candidate]
        return None

    def _quoted(self, name: str) -> str:
        return self._session.quote(self._actual(name) or name)

    def _field(self, name: str) -> str:
        return f"t.{self._quoted(name)}" if self._actual(name) else "null"

    def _user_fields(self) -> dict[str, str]:
        if not self._table.uf:
            return {}
        return {
            name: self._session.quote(stored)
            for name, stored in self._stored.items()
            if name.startswith("uf_")
        }

    def _find_clocks(self) -> list[str]:
        """SQL of the columns whose largest value is the next cursor."""
        cursor = self._table.cursor
        if isinstance(cursor, Snapshot):
            return []
        if isinstance(cursor, OwnedBy):
            names = [name for name in cursor.parent_cursor.columns if name in self._parent]
            owned = self._actual(cursor.column) is not None
            return [f"p.{self._session.quote(self._parent[name])}" for name in names if owned]
        names = [cursor.column] if isinstance(cursor, Appended) else list(cursor.columns)
        return [f"t.{self._quoted(name)}" for name in names if self._actual(name)]

    def _from(self) -> str:
        own = f"{self._session.quote(self._table.name)} t"
        cursor = self._table.cursor
        if not isinstance(cursor, OwnedBy) or self.whole:
            return own
        parent = self._session.quote(cursor.parent)
        key = self._session.quote(self._parent[cursor.parent_key])
        # Left: an orphan row is data too; it comes with the first read and the daily compare.
        return f"{own} left join {parent} p on p.{key} = t.{self._quoted(cursor.column)}"

    def _after(self, since: str) -> str:
        cursor = self._table.cursor
        if isinstance(cursor, Appended):
            return f"{self._clocks[0]} > {int(since) - cursor.overlap}"
        clock = cursor.parent_cursor if isinstance(cursor, OwnedBy) else cursor
        assert isinstance(clock, Modified)
        start = (datetime.fromisoformat(since) - clock.overlap).isoformat(" ")
        return " or ".join(f"{column} >= '{start}'" for column in self._clocks)

    def _advance(self, value: Any) -> None:
        if value is None:
            return
        if isinstance(self._table.cursor, Appended):
            self.latest = str(max(int(value), int(self.latest or 0)))
        elif str(value) > (self.latest or "") and _has_happened(str(value)):
            self.latest = str(value)


def _has_happened(value: str) -> bool:
    """A time typed in the future must not become the cursor, or rows before it would be missed.

    One day of slack covers every zone; what lies beyond is simply read again.
    """
    try:
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        return False
    return moment <= datetime.now(UTC) + timedelta(days=1)
