"""Endpoints: which settings open a source system, and whether they work.

Every `sources/*/access.py` lists its endpoints; `omni doctor`, `omni run` and the assets ask them,
so that a setting is named in one place.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.database import SourceDatabase
from omni_pipeline.increment import TableReader

DEFAULT_TIMEZONE = "Europe/Moscow"


def _first_set(names: tuple[str, ...]) -> str:
    return next((name for name in names if os.environ.get(name)), names[0])


@dataclass(frozen=True)
class DatabaseEndpoint:
    """A source database. Of `variables` the first that is set counts: sources may share one.

    `timezone_variables` name the zone of its naive times; without them the times are UTC.
    """

    source: str
    tables: tuple[BronzeTable, ...]
    variables: tuple[str, ...]
    timezone_variables: tuple[str, ...] = ()

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

    def check(self) -> str:
        """One sentence on what is there; raises SourceError when it cannot be read."""
        database = SourceDatabase(os.environ[self.variable], self.variable, self.timezone)
        with database.read() as session:
            readers = [(table.name, TableReader(session, table)) for table in self.tables]
        absent = [name for name, reader in readers if not reader.exists]
        said = f"{len(readers) - len(absent)} of {len(readers)} tables present"
        return f"{said}; absent: {', '.join(absent)}" if absent else said


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
