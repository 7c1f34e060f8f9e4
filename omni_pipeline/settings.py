"""The settings of a process: an object made from its environment, and the only file that reads it.

Whoever prepares other settings, such as the demo, makes another object and hands it on: to a child
as its environment, to Dagster within this process by `export`, once. No value is in `repr`: many
are secrets.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from omni_pipeline.errors import ConfigurationError

WAREHOUSE, DAGSTER = "OMNI_DATABASE_URL", "OMNI_DAGSTER_DATABASE_URL"
HOME, EMBEDDED_PORT, SINCE = "OMNI_HOME", "OMNI_EMBEDDED_PORT", "OMNI_STATISTICS_SINCE"


@dataclass(frozen=True)
class Settings:
    """Variables by name; those of the pipeline itself are attributes. An empty one is not set."""

    variables: Mapping[str, str] = field(repr=False)

    def get(self, variable: str, default: str = "") -> str:
        """The value, or `default` for one that is not set."""
        return self.variables.get(variable) or default

    def required(self, variable: str) -> str:
        """The value; raises ConfigurationError when it is not set."""
        value = self.get(variable)
        if not value:
            raise ConfigurationError(variable, "is not set")
        return value

    @property
    def warehouse_url(self) -> str | None:
        """The user's own warehouse; None for the embedded server's."""
        return self.get(WAREHOUSE) or None

    @property
    def dagster_url(self) -> str | None:
        """Where Dagster keeps its history; None for the schema `dagster` of the warehouse."""
        return self.get(DAGSTER) or None

    @property
    def home(self) -> str | None:
        """The folder of the embedded server and of logs."""
        return self.get(HOME) or None

    @property
    def embedded_port(self) -> int | None:
        """The port that the embedded server must have; None for any."""
        return int(self.get(EMBEDDED_PORT)) if self.get(EMBEDDED_PORT) else None

    def changed(self, changes: Mapping[str, str], without: Iterable[str] = ()) -> "Settings":
        """These settings with others in place of some, and without others."""
        kept = {name: value for name, value in self.variables.items() if name not in set(without)}
        return Settings({**kept, **changes})

    def export(self) -> None:
        """Make them those of this process, for Dagster, whose files name variables."""
        for gone in os.environ.keys() - self.variables.keys():
            del os.environ[gone]
        os.environ.update(self.variables)


def current() -> Settings:
    """The settings of this process as they are now."""
    return Settings(dict(os.environ))


def take(variable: str) -> str:
    """A setting that no child may inherit: it is gone from this process's environment."""
    return os.environ.pop(variable, "")
