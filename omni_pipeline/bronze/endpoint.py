"""Endpoints: which settings open a source system, and whether they work.

Every `sources/*/access.py` lists its endpoints; `omni doctor`, `omni run` and the assets ask them,
so that a setting is named in one place.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from omni_pipeline.bronze import BronzeTable, wholeness
from omni_pipeline.bronze.wholeness import Known, Required, Seen
from omni_pipeline.database import SourceDatabase
from omni_pipeline.errors import SourceError
from omni_pipeline.settings import current

DEFAULT_TIMEZONE = "Europe/Moscow"


def _first_set(names: tuple[str, ...]) -> str:
    return next((name for name in names if current().get(name)), names[0])


def _timezone(names: tuple[str, ...]) -> str:
    return current().get(_first_set(names), DEFAULT_TIMEZONE) if names else "UTC"


@dataclass(frozen=True)
class DatabaseEndpoint:
    """A source database. Of `variables` the first that is set counts: sources may share one.

    `timezone_variables` name the zone of its naive times; without them the times are UTC.
    `required` are the tables without which it is none, each with what may stand in for it.
    """

    source: str
    tables: tuple[BronzeTable, ...]
    variables: tuple[str, ...]
    timezone_variables: tuple[str, ...] = ()
    required: Required = ()

    @property
    def variable(self) -> str:
        return _first_set(self.variables)

    @property
    def configured(self) -> bool:
        return bool(current().get(self.variable))

    @property
    def wanted(self) -> str:
        """What to set, in words."""
        return " or ".join(self.variables)

    @property
    def timezone(self) -> str:
        return _timezone(self.timezone_variables)

    def database(self) -> SourceDatabase:
        """The database, as it is opened for reading."""
        return SourceDatabase(current().required(self.variable), self.variable, self.timezone)

    def present(self) -> "Present":
        """What is there now; raises SourceError when it cannot be read."""
        seen = wholeness.look(self.database(), self.tables)
        return Present(_in_words(seen), partial(self.faults, seen))

    def check(self) -> str:
        """One sentence on what is there; raises SourceError when it cannot be read."""
        return self.present().words

    def faults(self, seen: list[Seen], connection: psycopg.Connection[Any] | None) -> list[str]:
        """What is missing of what is required and of what the warehouse, if given, has read."""
        known: dict[str, Known] = {}
        rows = {}
        if connection is not None:
            names = {table.name for table in self.tables}
            remembered = wholeness.recall(connection, self.source)
            known = {name: memory for name, memory in remembered.items() if name in names}
            rows = {
                table.table.name: wholeness.standing(connection, table.table)
                for table in seen
                if (not table.present or table.is_empty) and table.table.name in known
            }
        # In another source's database these tables may be or not.
        expected = self.variable == self.variables[0]
        return wholeness.faults(seen, known, self.required, expected=expected, rows=rows)


@contextmanager
def shaped(variable: str) -> Iterator[None]:
    """Inside it an answer that is not built as its API says becomes the error of the source."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        said = f"answers in a shape that cannot be read ({type(error).__name__})"
        raise SourceError(variable, said).with_traceback(error.__traceback__) from None


@dataclass(frozen=True)
class ApiEndpoint:
    """An HTTP API that is configured when all `variables` are set; `probe` raises SourceError.

    `readable` says of its `tables` whether anything can be read, where the API tells.
    `timezone_variables` name the zone of its naive times, where it has any.
    """

    source: str
    variables: tuple[str, ...]
    probe: Callable[[], str]
    tables: tuple[BronzeTable, ...] = ()
    readable: Callable[[], Mapping[str, str | None]] | None = None
    timezone_variables: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The setting to look at: the first missing one, else the first."""
        return next((name for name in self.variables if not current().get(name)), self.variables[0])

    @property
    def configured(self) -> bool:
        return all(current().get(name) for name in self.variables)

    @property
    def timezone(self) -> str:
        return _timezone(self.timezone_variables)

    @property
    def wanted(self) -> str:
        """What to set, in words."""
        return " and ".join(self.variables)

    def present(self) -> "Present":
        """What is there now; raises SourceError when it cannot be read."""
        with shaped(self.variable):
            said = self.probe()
            readable = self.readable() if self.readable else {}
        return Present(said, lambda warehouse: wholeness.silenced(warehouse, self.tables, readable))

    def check(self) -> str:
        """One sentence on what answered; raises SourceError when it cannot be read."""
        with shaped(self.variable):
            return self.probe()


@dataclass(frozen=True)
class Present:
    """What a source showed when asked: a sentence, and what it lacks of what it had."""

    words: str
    faults: Callable[[psycopg.Connection[Any] | None], list[str]]


def _in_words(seen: list[Seen]) -> str:
    """Tables that are there, that are not, and columns that those which are do not have."""
    absent = [table.table.name for table in seen if not table.present]
    said = f"{len(seen) - len(absent)} of {len(seen)} tables present"
    if absent:
        said += f"; absent: {', '.join(absent)}"
    lacking = {
        table.table.name: sorted(set(table.table.columns) - table.columns - table.table.optional)
        for table in seen
        if table.present
    }
    lines = [f"{name} ({', '.join(columns)})" for name, columns in lacking.items() if columns]
    return f"{said}; without columns: {', '.join(lines)}" if lines else said


Endpoint = DatabaseEndpoint | ApiEndpoint
