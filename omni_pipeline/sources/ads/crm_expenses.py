"""Reader of the expenses kept in the database of a boxed Bitrix24.

Belongs here: which tables and columns there are, and the queries. What they mean is in
`crm_rows.py`. One read is one snapshot; sums are made by the database, as decimals.
"""

import json
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from omni_pipeline.bronze.guard import attempt, reason_of
from omni_pipeline.bronze.staging import Refused
from omni_pipeline.database import Session, SourceDatabase
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads.crm_rows import PROVIDER, Book, Child, Expense, Source, cost_rows
from omni_pipeline.sources.ads.periods import Calendar, Money
from omni_pipeline.sources.ads.reading import Reading, Scope

logger = logging.getLogger(__name__)

VARIABLE = "ADS_CRM_DATABASE_URL"
EXPENSES, SOURCES = "b_crm_tracking_source_expenses", "b_crm_tracking_source"
FIELDS, CHILDREN = "b_crm_tracking_source_field", "b_crm_tracking_source_child"
NEEDED = {EXPENSES: ("source_id", "date_stat", "expenses"), SOURCES: ("id",)}


@dataclass(frozen=True)
class _Table:
    """A table of the source; a column it lacks is null."""

    session: Session
    name: str
    columns: dict[str, str]

    def column(self, name: str) -> str:
        return f"t.{self.session.quote(self.columns[name])}" if name in self.columns else "null"

    def rows(self, selected: str, after: str = "") -> Iterator[tuple[Any, ...]]:
        if not self.columns:
            return iter(())
        quoted = self.session.quote(self.name)
        return self.session.stream(f"select {selected} from {quoted} t {after}")


class CrmExpenses:
    """The CRM's expenses, less the sources whose `elsewhere` codes are read at the network."""

    name = PROVIDER

    def __init__(
        self,
        url: str,
        *,
        calendar: Calendar | None = None,
        money: Money | None = None,
        elsewhere: Collection[str] = (),
    ) -> None:
        self._url = url
        self._calendar = calendar or Calendar()
        self._money = money or Money()
        self._elsewhere = sorted({code.lower() for code in elsewhere})

    def check(self) -> str:
        """What is there and what of it is left out; a sentence for a person."""
        with SourceDatabase(self._url, VARIABLE).read() as session:
            book = self._book(session)
            (told,) = self._table(session, EXPENSES).rows("count(*)")
        left = sorted(set(book.having(self._elsewhere).values()))
        said = f"{told[0]} rows of expenses, {len(book.sources)} sources in the CRM"
        return f"{said}; read elsewhere: {', '.join(left)}" if left else said

    def read(self, state: str | None, whole: bool) -> Reading:
        """Days since the last read and those before them that may have been entered anew.

        `state` holds the day and the codes left out. When these change, every day is read and may
        lose its rows: a source that is read at the network from now on leaves all of its past.
        """
        before = json.loads(state) if state else {"day": None, "elsewhere": self._elsewhere}
        moved = before["elsewhere"] != self._elsewhere
        first, last = self._calendar.window(before["day"], whole or moved)
        with SourceDatabase(self._url, VARIABLE).read() as session:
            book = self._book(session)
            left = book.having(self._elsewhere)
            found = list(self._expenses(session, first, last, left))
            self._tell_left(session, first, last, left)
        refused = [row for row in found if isinstance(row, Refused)]
        expenses = [row for row in found if isinstance(row, Expense)]
        return Reading(
            [*refused, *cost_rows(expenses, book, self._money)],
            Scope({"provider": (PROVIDER,)}, first, last),
            json.dumps({"day": last.isoformat(), "elsewhere": self._elsewhere}),
            max_shrink=1.0 if moved else None,
        )

    def _table(self, session: Session, name: str) -> _Table:
        """The table with its columns; raises SourceError where nothing can be read without it."""
        columns = session.columns(name)
        if name in NEEDED and not columns and session.withheld(name):
            raise SourceError(VARIABLE, f"cannot be read: the right to SELECT {name} is missing")
        if name in NEEDED and not columns:
            raise SourceError(
                VARIABLE,
                f"has no table {name}, which the database of a boxed Bitrix24 keeps its "
                "advertising expenses by: give that database, or leave the setting empty",
            )
        if lacking := [column for column in NEEDED.get(name, ()) if column not in columns]:
            raise SourceError(VARIABLE, f"table {name} has no column {', '.join(lacking)}")
        return _Table(session, name, columns)

    def _book(self, session: Session) -> Book:
        marks: dict[int, str] = {}
        fields = self._table(session, FIELDS)
        selected = ", ".join(map(fields.column, ("id", "source_id", "code", "value")))
        for _, source, code, value in sorted(fields.rows(selected), key=lambda row: row[0] or 0):
            if code == "UTM_SOURCE" and source and value:
                marks.setdefault(int(source), value)  # of several the one entered first
        found = self._table(session, SOURCES)
        sources = {
            int(key): Source(name, (code or "").strip().lower(), marks.get(int(key)) or mark)
            for key, name, code, mark in found.rows(
                ", ".join(map(found.column, ("id", "name", "code", "utm_source")))
            )
        }
        below = self._table(session, CHILDREN)
        selected = ", ".join(map(below.column, ("id", "parent_id", "title")))
        children = {
            int(key): Child(int(parent or 0), title) for key, parent, title in below.rows(selected)
        }
        return Book(sources, children)

    def _expenses(
        self, session: Session, first: date, last: date, left: Collection[int]
    ) -> Iterator[Expense | Refused]:
        table = self._table(session, EXPENSES)
        source, day = table.column("source_id"), table.column("date_stat")
        child, unit = table.column("source_child_id"), table.column("currency_id")
        keys = [source, f"cast({day} as date)"]
        keys += [column for column in (child, unit) if column != "null"]
        amount = f"sum(cast({table.column('expenses')} as decimal(20, 4)))"
        counts = [
            "null" if column == "null" else f"sum({column})"
            for column in map(table.column, ("actions", "impressions"))
        ]
        where = _within(day, first, last)
        if left:
            where += f" and {source} not in ({', '.join(map(str, sorted(left)))})"
        for row in table.rows(
            f"{source}, cast({day} as date), {child}, {unit}, {amount}, {', '.join(counts)}",
            f"where {where} group by {', '.join(keys)}",
        ):
            told = attempt(_expense, row)
            yield Refused(reason_of(told), row) if isinstance(told, Exception) else told

    def _tell_left(self, session: Session, first: date, last: date, left: dict[int, str]) -> None:
        if not left:
            return
        table = self._table(session, EXPENSES)
        source = table.column("source_id")
        listed = ", ".join(map(str, sorted(left)))
        where = f"{_within(table.column('date_stat'), first, last)} and {source} in ({listed})"
        for key, count in table.rows(
            f"{source}, count(*)", f"where {where} group by {source} order by {source}"
        ):
            logger.warning(
                "source %s (%s) of the CRM is read elsewhere: %s rows of expenses left out",
                *(key, left[int(key)], count),
            )


def _expense(row: tuple[Any, ...]) -> Expense:
    return Expense(
        source=int(row[0] or 0),
        day=row[1],
        child=int(row[2] or 0),
        currency=row[3],
        cost=None if row[4] is None else Decimal(row[4]),
        actions=None if row[5] is None else int(row[5]),
        impressions=None if row[6] is None else int(row[6]),
    )


def _within(day: str, first: date, last: date) -> str:
    """Rows of these days, and rows without a day, which the landing refuses."""
    return f"({day} is null or {day} >= '{first}' and {day} < '{last + timedelta(days=1)}')"
