"""The `omni` command as a user calls it: a process of its own, in a home of its own.

Every variable of .env.example is set to nothing first, so that neither the shell nor a .env in the
checkout leads a test to a real system; what a test passes comes on top.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.postgres import EmbeddedPostgres
from tests.folders import server_folder

REPOSITORY = Path(__file__).resolve().parents[1]
OMNI = Path(sys.executable).with_name("omni")
VARIABLES = re.findall(r"^#?([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(), re.M)
# Arrival numbers and the clock differ between two runs that publish the same.
ARRIVAL = ("seq", "up_to_seq", "detected_seq", "as_of", "published_at", "first_seen_at")
# What views work out as of the moment of the last run, to a tenth of a day.
OF_THE_PRESENT = {"deal": ("days_open", "days_stalled"), "lead": ("days_open",)}
# A killed process is gone at once, its children notice within a second or two.
CHILD_SECONDS = 15
# Not a measure of speed: a command that hangs must fail its test, not stop the test run.
RUN_SECONDS = 600


class Omni:
    """`omni` with OMNI_HOME in a new folder that the server's unprivileged account can reach."""

    def __init__(self) -> None:
        self.home = server_folder("omni-home-")

    def environment(self, settings: dict[str, str]) -> dict[str, str]:
        unset = dict.fromkeys(VARIABLES, "")
        return {**os.environ, **unset, "OMNI_HOME": str(self.home), **settings}

    def run(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """The finished command with its output; `settings` are environment variables."""
        return subprocess.run(
            [str(OMNI), *arguments],
            cwd="/",
            env=self.environment(settings),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=RUN_SECONDS,
        )

    def start(self, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
        """The running command, its output in a pipe."""
        return subprocess.Popen(
            [str(OMNI), *arguments],
            cwd="/",
            env=self.environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def done(self, *arguments: str, **settings: str) -> str:
        """Standard output of a command that must succeed."""
        finished = self.run(*arguments, **settings)
        assert finished.returncode == 0, f"{arguments}: {finished.stdout[-3000:]}{finished.stderr}"
        return finished.stdout

    def url(self, database: str) -> str:
        """URL of a database of the embedded server, which is started if needed."""
        server = EmbeddedPostgres(self.home)
        server.start()
        return server.url(database)

    def execute(self, database: str, *statements: str) -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database)) as connection:
            return connection.execute(query).fetchall()

    def published(self, database: str, ignore: tuple[str, ...] = ()) -> dict[str, tuple[int, str]]:
        """Rows and a digest of the multiset of rows of every published table."""
        found = {}
        with psycopg.connect(self.url(database)) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables "
                # The history says what was published when: a killed run published as well.
                "where table_schema in ('marts', 'loyalty') and table_name <> "
                "'customer_uuid_history' order by 1, 2"
            ).fetchall()
            for table in tables:
                statement = sql.SQL(
                    "select count(*), coalesce(md5(string_agg(line, '' order by line)), '') from ("
                    "select md5((to_jsonb(entry) - %s::text[])::text) as line from {} as entry"
                    ") as lines"
                ).format(sql.Identifier(*table))
                left_out = [*ignore, *OF_THE_PRESENT.get(table[1], ())]
                row = connection.execute(statement, [left_out]).fetchone()
                assert row is not None
                found[".".join(table)] = (row[0], row[1])
        return found

    def processes(self) -> list[str]:
        """Command lines of processes of this home, other than the database server's."""
        mark = f"OMNI_HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                mine = mark in (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # gone meanwhile, or another account's
                continue
            if mine and command and "postgres" not in command.split(" ")[0]:
                found.append(f"{folder.name}: {command}")
        return found

    def left_behind(self) -> list[str]:
        """Processes that still run some seconds after their parent ended."""
        deadline = time.monotonic() + CHILD_SECONDS
        while (alive := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return alive

    def remove(self) -> None:
        """Stop the server and delete the home."""
        EmbeddedPostgres(self.home).stop()
        shutil.rmtree(self.home, ignore_errors=True)
