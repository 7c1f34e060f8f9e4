"""Which rows of a source table are new: the SELECT of one increment and the cursor it leads to.

Pure with respect to the warehouse: a stored cursor in, rows and the next cursor out. A source may
lack tables and columns (editions and ages differ): a missing column is read as null, a table
without a usable clock is read whole. A cursor is a time, an id, or both ("2026-05-01 11:00:00 #7").
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from omni_pipeline.bronze import Appended, BronzeTable, Modified, OwnedBy, Snapshot
from omni_pipeline.database import Session
from omni_pipeline.values import BIGINT_MAX, FIRST_MOMENT, BadValue, integer


class TableReader:
    """Reads one declared table through an open session.

    `exists` says whether any of it can be read, `present` which columns, `missing` which declared
    ones cannot, `withheld` which of these only lack a right, `whole` whether every read takes all
    rows. After `rows` has ended, `latest` is the next cursor.
    """

    def __init__(self, session: Session, table: BronzeTable) -> None:
        self._session = session
        self._table = table
        self._stored = session.columns(table.name)
        self._time: str | None = None
        self._id: int | None = None
        cursor = table.cursor
        parent = session.columns(cursor.parent) if isinstance(cursor, OwnedBy) else {}
        self._parent = parent if isinstance(cursor, OwnedBy) and cursor.parent_key in parent else {}
        self._clocks = self._find_clocks()
        self._ids = cursor if isinstance(cursor, Appended) else getattr(cursor, "ids", None)

    @property
    def latest(self) -> str | None:
        """The next cursor."""
        if isinstance(self._table.cursor, Appended):
            return None if self._id is None else str(self._id)
        parts = [self._time, None if self._id is None else f"#{self._id}"]
        return " ".join(part for part in parts if part) or None

    @property
    def exists(self) -> bool:
        return bool(self._stored)

    @property
    def present(self) -> list[str]:
        """Declared columns and user fields that can be read, by our names."""
        return [n for n in self._table.columns if self._actual(n)] + list(self._user_fields())

    @property
    def withheld(self) -> list[str]:
        """Declared columns that exist and may not be read."""
        hidden = self._session.withheld(self._table.name)
        return [
            name
            for name in self.missing
            if hidden.intersection((name, *self._table.aliases.get(name, ())))
        ]

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
        self._time, last_id = self._read(since)
        self._id = last_id
        names = list(self._table.columns)
        fields = [self._field(name) for name in names]
        user_fields = self._user_fields()
        selected = [*fields, *(f"t.{quoted}" for quoted in user_fields.values()), *self._clocks]
        statement = f"select {', '.join(selected)} from {self._from()}"
        if since is not None and not complete and not self.whole:
            # Each condition has an index of its own; joined by `or`, none would be used.
            parts = self._after(self._time, last_id)
            statement = " union all ".join(f"{statement} where {part}" for part in parts)
        statement += " order by " + ", ".join(str(names.index(k) + 1) for k in self._table.key)
        width, clocks = len(fields), len(self._clocks)
        place = names.index(self._ids.column) if self._ids else None
        seen: int | None = None
        for row in self._session.stream(statement):
            values = list(row[:width])
            if place is not None and (number := _id_of(values[place])) is not None:
                seen = max(seen or 0, number)
                # The newest id of this read, not of all time: a table that was emptied starts anew.
                self._id = seen
            if self._table.uf:
                pairs = zip(user_fields, row[width : len(row) - clocks], strict=True)
                values.append({name: value for name, value in pairs if value is not None})
            if not isinstance(self._table.cursor, Appended):
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

    def _read(self, cursor: str | None) -> tuple[str | None, int | None]:
        """Time and id of a stored cursor; one from before ids counted has a time alone."""
        if cursor is None or isinstance(self._table.cursor, Appended):
            return None, None if cursor is None else int(cursor)
        time, _, last_id = cursor.partition("#")
        return time.strip() or None, int(last_id) if last_id and self._ids else None

    def _after(self, time: str | None, last_id: int | None) -> list[str]:
        """Conditions that no row meets twice."""
        cursor, column, bound = self._table.cursor, "", ""
        if self._ids and last_id is not None:
            name, start_id = self._quoted(self._ids.column), last_id - self._ids.overlap
            column = f"t.{name}"
            # Ids that end below the overlap are given anew: the table was emptied or replaced.
            bound = (
                f"(select case when max({name}) < {start_id} then min({name}) - 1 "
                f"else {start_id} end from {self._session.quote(self._table.name)})"
            )
        if isinstance(cursor, Appended) or time is None:
            return [f"{column} > {bound}" if bound else "1 = 1"]
        clock = cursor.parent_cursor if isinstance(cursor, OwnedBy) else cursor
        assert isinstance(clock, Modified)
        start = (datetime.fromisoformat(time) - clock.overlap).isoformat(" ")
        moved = " or ".join(f"{column} >= '{start}'" for column in self._clocks)
        return [f"({moved}) and {column} <= {bound}", f"{column} > {bound}"] if bound else [moved]

    def _advance(self, value: Any) -> None:
        if value is not None and str(value) > (self._time or "") and _has_happened(str(value)):
            self._time = str(value)


def _id_of(value: Any) -> int | None:
    """An id as the next cursor, or None for what `land` refuses: it would hide those below it."""
    try:
        number = value if isinstance(value, int) else integer(value, [])
    except BadValue:
        return None
    return number if number is not None and abs(number) <= BIGINT_MAX else None


def _has_happened(value: str) -> bool:
    """A time typed in the future must not become the cursor, or rows before it would be missed.

    One day of slack covers every zone; what lies beyond is simply read again. Nor must a time
    before all bounds: from year 1 no overlap can be taken away.
    """
    try:
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        return False
    return value >= FIRST_MOMENT and moment <= datetime.now(UTC) + timedelta(days=1)
