"""Endpoints: which settings open a source system, and whether they work.

Every `sources/*/access.py` lists its endpoints; `omni doctor`, `omni run` and the assets ask them,
so that a setting is named in one place.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.database import SourceDatabase
from omni_pipeline.warehouse import wholeness
from omni_pipeline.warehouse.wholeness import Required, Seen

DEFAULT_TIMEZONE = "Europe/Moscow"


def _first_set(names: tuple[str, ...]) -> str:
    return next((name for name in names if os.environ.get(name)), names[0])


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
        return bool(os.environ.get(self.variable))

    @property
    def wanted(self) -> str:
        """What to set, in words."""
        return " or ".join(self.variables)

    @property
    def timezone(self) -> str:
        if not self.timezone_variables:
            return "UTC"
        return os.environ.get(_first_set(self.timezone_variables)) or DEFAULT_TIMEZONE

    def look(self) -> list[Seen]:
        """What is there now; raises SourceError when it cannot be read."""
        database = SourceDatabase(os.environ[self.variable], self.variable, self.timezone)
        return wholeness.look(database, self.tables)

    def check(self) -> str:
        """One sentence on what is there; raises SourceError when it cannot be read."""
        return self.in_words(self.look())

    def in_words(self, seen: list[Seen]) -> str:
        """One sentence on what is there."""
        absent = [table.table.name for table in seen if not table.present]
        said = f"{len(seen) - len(absent)} of {len(seen)} tables present"
        return f"{said}; absent: {', '.join(absent)}" if absent else said

    def faults(self, seen: list[Seen], connection: psycopg.Connection[Any] | None) -> list[str]:
        """What is missing of what is required and of what the warehouse, if given, has read."""
        known, rows = {}, {}
        if connection is not None:
            known = wholeness.recall(connection, self.source)
            rows = {
                table.table.name: wholeness.standing(connection, table.table)
                for table in seen
                if not table.present and table.table.name in known
            }
        names = {table.name for table in self.tables}
        known = {name: memory for name, memory in known.items() if name in names}
        # In another source's database these tables may be or not.
        expected = self.variable == self.variables[0]
        return wholeness.faults(seen, known, self.required, expected=expected, rows=rows)


@dataclass(frozen=True)
class ApiEndpoint:
    """An HTTP API that is configured when all `variables` are set; `probe` raises SourceError."""

    source: str
    variables: tuple[str, ...]
    probe: Callable[[], str]

    @property
    def variable(self) -> str:
        """The setting to look at: the first missing one, else the first."""
        return next(
            (name for name in self.variables if not os.environ.get(name)), self.variables[0]
        )

    @property
    def configured(self) -> bool:
        return all(os.environ.get(name) for name in self.variables)

    @property
    def wanted(self) -> str:
        """What to set, in words."""
        return " and ".join(self.variables)

    def check(self) -> str:
        """One sentence on what answered; raises SourceError when it cannot be read."""
        return self.probe()


Endpoint = DatabaseEndpoint | ApiEndpoint
