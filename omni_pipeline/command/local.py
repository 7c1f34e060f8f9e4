"""What `omni` sets up on this machine before it runs anything: folders, server, environment.

The embedded server holds one database per purpose: `demo` for the sandbox's customers, `warehouse`
for configured sources. The one used last is remembered, so that `omni sql` looks at what was just
built. With OMNI_DATABASE_URL set, that database is used for everything and nothing is started.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.ops import ensure_ops, is_demo, mark_demo
from omni_pipeline.postgres import DATABASE, REPOSITORY, EmbeddedPostgres, default_home, roles
from omni_pipeline.postgres.files import write_whole
from omni_pipeline.redaction import in_words
from omni_pipeline.settings import DAGSTER, SINCE, WAREHOUSE, Settings, current
from omni_pipeline.warehouse import since

DEMO = "demo"
DAGSTER_SCHEMA = "dagster"
MIXED = {
    True: "this warehouse was not made by the demo, whose customers are invented; unset the "
    "variable or name an empty database",
    False: "this warehouse holds the demo's invented customers; name another database",
}
# What Dagster and dbt are told by variables, as docker/Dockerfile does. No telemetry and no version
# checks: the product stays silent on the network. Events that belong together are one write.
LIBRARIES = {
    "DAGSTER_EVENT_BATCH_SIZE": "1000",
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "PYTHONWARNINGS": "ignore::DeprecationWarning",
}


@dataclass(frozen=True)
class Local:
    """The folder and server of this machine; `external_url` is the user's own warehouse, if any.

    It is asked for once, because a run exports the variable for its children.
    """

    home: Path
    external_url: str | None

    @property
    def server(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self.home)

    @property
    def external(self) -> bool:
        """Whether OMNI_DATABASE_URL names a server of the user's own."""
        return self.external_url is not None

    @property
    def logs(self) -> Path:
        folder = self.home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def server_url(self) -> str:
        """URL of the server for the sandbox's databases; starts the embedded one if needed."""
        if self.external_url is not None:
            with connected(self.external_url):
                return self.external_url
        self.server.start()
        return self.server.url("postgres")

    def last_used(self) -> str:
        """The embedded database that was built last."""
        remembered = self.home / "database"
        return (remembered.exists() and remembered.read_text().strip()) or DATABASE

    def remember(self, database: str) -> None:
        """Make `database` the one that `omni sql` looks at."""
        if not self.external:
            write_whole(self.home / "database", database)

    def warehouse_url(self, database: str) -> str:
        """OMNI_DATABASE_URL, else the named database of the embedded server, started if needed."""
        if self.external_url is not None:
            return self.external_url
        self.server.start()
        return self.server.ensure_database(database)

    def reading_url(self, database: str) -> str:
        """The warehouse as `omni sql` asks it: on the embedded server as a role that only reads."""
        url = self.warehouse_url(database)
        return url if self.external else roles.reader_url(self.home, url, roles.ENGINEER)

    def settings(self, database: str, of: Settings) -> Settings:
        """`of` for Dagster and dbt on one warehouse; makes DAGSTER_HOME and its schema.

        Raises ConfigurationError naming OMNI_DATABASE_URL when the warehouse cannot be reached, or
        when invented customers would meet real ones in it.
        """
        url = self.warehouse_url(database)
        prepare_warehouse(url, invented=database == DEMO)
        if not self.external:
            roles.ensure_readers(self.home, url)
        if history := of.dagster_url:
            with connected(history, DAGSTER):
                pass
        dagster_home = self.home / "dagster"
        dagster_home.mkdir(parents=True, exist_ok=True)
        instance = (REPOSITORY / "docker" / "dagster.yaml").read_text()
        write_whole(dagster_home / "dagster.yaml", instance)
        programs = str(Path(sys.executable).parent)
        return of.changed(
            {
                **LIBRARIES,
                WAREHOUSE: url,
                DAGSTER: history or dagster_url(url),
                "DAGSTER_HOME": str(dagster_home),
                SINCE: of.get(SINCE) or _statistics_since(url),
                "PATH": os.pathsep.join([programs, of.get("PATH")]),
            }
        )


def local() -> Local:
    """This machine's setup in the default home."""
    return Local(default_home(), current().warehouse_url)


def dagster_url(warehouse_url: str) -> str:
    """Dagster's storage: the schema `dagster` of the warehouse database."""
    joint = "&" if "?" in warehouse_url else "?"
    return f"{warehouse_url}{joint}options={quote(f'-csearch_path={DAGSTER_SCHEMA}')}"


def prepare_warehouse(warehouse_url: str, *, invented: bool) -> None:
    """Create the schemas `ops` and `dagster`; errors carry no password."""
    # In one transaction: a kill in between must not leave a warehouse without its mark.
    with connected(warehouse_url) as connection, connection.transaction():
        held = is_demo(connection)
        if held is not None and held != invented:
            raise ConfigurationError(WAREHOUSE, MIXED[invented])
        ensure_ops(connection)
        if invented:
            mark_demo(connection)
        connection.execute(f"create schema if not exists {DAGSTER_SCHEMA}")


def _statistics_since(warehouse_url: str) -> str:
    """Where the partitions of the statistics begin; empty while there are none."""
    with connected(warehouse_url) as connection:
        return since.first_day(connection) or ""


@contextmanager
def connected(url: str, variable: str = WAREHOUSE) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the warehouse; raises ConfigurationError without the password."""
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        said = in_words(error)
        raise ConfigurationError(variable, f"cannot be used: {said}") from None
