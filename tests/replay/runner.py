"""Runs the real dbt models over one warehouse, batch after batch, whole or broken off.

dbt runs inside the test's process (a run costs two seconds instead of eight). A run is broken off
in one of three ways: only the first models of it, a database connection that dies under a model,
or a dbt process killed outright.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from psycopg import sql

from omni_pipeline.attribution import store as datadriven
from omni_pipeline.ops import latest_seq, set_bound
from omni_pipeline.sources.registry import dbt_variables
from omni_pipeline.warehouse.publication import DBT_APPLICATION
from omni_pipeline.warehouse.resource import dbt_environment
from omni_pipeline.warehouse.versions import record_versions
from tests.conftest import on_database
from tests.replay.compare import differences, digest
from tests.replay.in_process import DbtHere
from tests.replay.project import ProjectCopy
from tests.replay.publishing import publish
from tests.replay.scopes import DATADRIVEN, IDENTITY_SCOPE, Scope, forgotten
from tests.replay.worlds import Landing, land_all

DBT = str(Path(sys.executable).with_name("omni-dbt"))
BUILD = ("build", "--exclude-resource-type", "test", "unit_test")
PARENTS = "path:models/staging,config.materialized:view resource_type:seed"
# What dbt makes; the rest of a warehouse is bronze and bookkeeping.
BUILT = ("staging", "intermediate", "marts")
KILL_SECONDS = 60


class Replay:
    """One warehouse and one copy of the dbt project.

    The database keeps its name for life, because dbt parses anew for another one: a rebuild takes
    the name over while the incremental one is set aside. The next replay takes it over as well.
    """

    taken: ClassVar[set[str]] = set()

    def __init__(
        self, server_url: str, template: str, folder: Path, scope: Scope = IDENTITY_SCOPE
    ) -> None:
        self.server_url = server_url
        self.scope = scope
        self.name = next(n for i in count(1) if (n := f"replay_{i}") not in self.taken)
        self.taken.add(self.name)
        self.kept = f"{self.name}_kept"
        self.url = on_database(server_url, self.name)
        self.kept_url = on_database(server_url, self.kept)
        self.project = ProjectCopy(folder)
        self.dbt = DbtHere(self.project.folder)
        self.models: list[str] = []  # in the order of the last complete run
        self.deployed = False  # seeds and staging views are those of the project
        self._admin(f"create database {self.name} template {template}")

    def close(self) -> None:
        """Drop the databases."""
        for name in (self.name, self.kept):
            self._admin(f"drop database if exists {name} with (force)")
        self.taken.discard(self.name)

    def land(self, batch: Sequence[Landing]) -> None:
        """Land one batch through the real landing."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            land_all(connection, batch)

    def set_bound(self) -> int:
        """Let the next run describe all that has landed."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            bound = latest_seq(connection)
            set_bound(connection, bound)
        return bound

    def edit(self, seed: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Replace a seed; the next run deploys it, as a changed project does in production."""
        self.project.write(seed, rows)
        self.deployed = False

    def touch(self, model: str) -> None:
        """Another version of a model's code, with the same meaning."""
        file = self.project.model(model)
        assert file
        with file.open("a", encoding="utf-8") as written:
            written.write(f"-- {time.monotonic_ns()}\n")
        self.deployed = False

    def ask_again(self, from_hour: str, before_hour: str) -> None:
        """Have the hours of a range counted again by the next run."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "insert into ops.hours_again (from_hour, before_hour) values (%s, %s)",
                [from_hour, before_hour],
            )

    def build(self) -> None:
        """One complete run: the models, and seeds and staging views when the project changed."""
        names = self._dbt(*self._command())
        self.models = names
        self.deployed = True
        self._publish()
        self._datadriven()

    def test(self, select: str) -> list[Any]:
        """Results of dbt's tests of a selection, failed ones among them."""
        return self._invoke("test", "--select", select)[0]

    def build_only_first(self, share: float) -> str:
        """Run a prefix of the models, as a run does that crashed between two of them."""
        assert self.models, "needs one complete run before"
        chosen = self.models[: max(1, int(share * len(self.models)))]
        parents = [] if self.deployed else PARENTS.split()
        self._dbt(*BUILD, "--select", *parents, *chosen)
        return chosen[-1]

    def build_until_connection_dies(self, model: str, seconds: float) -> bool:
        """Run and end dbt's connections shortly after `model` started; whether the run failed."""
        timers: list[threading.Timer] = []

        def watch(event: Any) -> None:
            if event.info.name == "NodeStart" and event.data.node_info.node_name == model:
                timers.append(threading.Timer(seconds, self._end_dbt))
                timers[-1].start()

        try:
            self._dbt(*self._command(), callbacks=[watch])
        except AssertionError:
            return True
        finally:
            for timer in timers:
                timer.join()
        return False

    def build_until_killed(self, seconds: float) -> bool:
        """Run dbt as a process and kill it `seconds` after it began to work; whether it died."""
        with self._environment():
            self._tell_versions()
            process = subprocess.Popen(
                [DBT, *self._command(), *self.dbt.folders],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + KILL_SECONDS
        while process.poll() is None and time.monotonic() < deadline and not self._dbt_writes():
            time.sleep(0.02)
        time.sleep(seconds)
        killed = process.poll() is None
        process.kill()
        process.wait()
        self._end_dbt()
        return killed

    def digest(self) -> dict[str, str | None]:
        """A digest of each compared table's rows."""
        with psycopg.connect(self.url) as connection:
            return {table.name: digest(connection, table) for table in self.scope.tables}

    def made(self) -> dict[str, datetime]:
        """When each table of the incremental models was last made whole."""
        with psycopg.connect(self.url) as connection:
            return dict(
                connection.execute(
                    "select model, made_at from ops.table_made "
                    "where model in (select model from ops.model_version)"
                ).fetchall()
            )

    def forgotten(self) -> list[str]:
        """Published tables that the comparison leaves out."""
        return forgotten(self.url, self.scope.tables)

    def count(self, table: str, column: str) -> dict[str, int]:
        """Rows of a table by the values of a column."""
        statement = sql.SQL("select {column}, count(*) from {table} group by 1 order by 1").format(
            column=sql.Identifier(column), table=sql.Identifier(*table.split("."))
        )
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute(statement).fetchall())

    def differences_to_rebuild(self, *, by_flag: bool = False) -> list[str]:
        """Compare every table with a rebuild; one text per table that differs."""
        with self.rebuilt(by_flag=by_flag) as found:
            return found

    @contextmanager
    def rebuilt(self, *, by_flag: bool = False) -> Iterator[list[str]]:
        """Rebuild from nothing (or `by_flag`) and give the differences.

        Inside, `url` leads to the rebuilt warehouse; afterwards to the incremental one again.
        """
        self._end_dbt()
        self._admin(f"create database {self.kept} template {self.name}")
        deployed = self.deployed
        try:
            if by_flag:
                self._dbt(*self._command(), "--full-refresh")
                with psycopg.connect(self.url) as connection:
                    connection.execute(f"drop table if exists {datadriven.TABLE}")
            else:
                self._forget()
                self.deployed = False
                self._dbt(*self._command())
            self._publish()
            self._datadriven()
            yield differences(self.kept_url, self.url, self.scope.tables)
        finally:
            self.deployed = deployed
            self._end_dbt()
            self._admin(f"drop database {self.name} with (force)")
            self._admin(f"alter database {self.kept} rename to {self.name}")

    def _publish(self) -> None:
        publish(self.url, self.project.folder)

    def _datadriven(self) -> None:
        """What the asset marts/datadriven_channel does after dbt."""
        if DATADRIVEN in self.scope.tables:
            with psycopg.connect(self.url, autocommit=True) as connection:
                datadriven.refresh(connection, latest_seq(connection))

    def _forget(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for schema in BUILT:
                connection.execute(f"drop schema if exists {schema} cascade")
            connection.execute("delete from ops.table_made")

    def _command(self) -> list[str]:
        command = [*BUILD, "--select", *self.scope.select]
        return command if not self.deployed else [*command, "--exclude", *PARENTS.split()]

    def _dbt(
        self, *arguments: str, callbacks: list[Callable[[Any], None]] | None = None
    ) -> list[str]:
        """Names of the models dbt built here, in order, without staging views; else fails."""
        results, outcome = self._invoke(*arguments, callbacks=callbacks)
        failed = [
            f"{r.node.name}: {r.message}" for r in results if str(r.status) in ("error", "fail")
        ]
        assert outcome.success, f"dbt {' '.join(arguments)}: {failed or outcome.exception}"
        models = [r.node for r in results if r.node.resource_type == "model"]
        return [m.name for m in models if m.schema != "staging" or m.config.materialized != "view"]

    def _invoke(
        self, *arguments: str, callbacks: list[Callable[[Any], None]] | None = None
    ) -> tuple[list[Any], Any]:
        with self._environment():
            self._tell_versions()
            return self.dbt.invoke(*arguments, callbacks=callbacks or ())

    def _tell_versions(self) -> None:
        """What a run through Dagster does before dbt when the project has changed."""
        if not self.deployed:
            with psycopg.connect(self.url, autocommit=True) as connection:
                record_versions(connection, self.dbt.versions())

    @contextmanager
    def _environment(self) -> Iterator[None]:
        before = dict(os.environ)
        os.environ.update(dbt_environment(self.url) | dbt_variables())
        os.environ["DBT_LOG_LEVEL_FILE"] = "none"
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _dbt_writes(self) -> bool:
        with psycopg.connect(self.server_url) as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where application_name = %s and datname = %s"
                " and (query ilike '%%create%%' or query ilike '%%insert%%')",
                [DBT_APPLICATION, self.name],
            ).fetchone()
        return bool(row and row[0])

    def _end_dbt(self) -> None:
        self._admin(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            f"where application_name = '{DBT_APPLICATION}' and datname = '{self.name}'"
        )

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(statement)
