"""Supervisor of the embedded PostgreSQL server, used when OMNI_DATABASE_URL is not set.

Belongs here: finding binaries, initdb, start, stop, and the URL of the server. Does not belong
here: schemas and roles of the warehouse (`landing.py`, dbt).

The server listens on loopback TCP with a generated password (scram). Nothing but an explicit
`stop` ends it, so a killed client leaves neither a stale lock nor a stopped server behind. As
root the server runs as an unprivileged system user, because PostgreSQL refuses uid 0.

A first start may be killed at any moment: the data folder is made beside its place and renamed when
it is whole. What an unfinished start left behind is known by its name and made anew.
"""

import fcntl
import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.postgres import first_start, install
from omni_pipeline.postgres.files import free_port, is_free, write_whole
from omni_pipeline.settings import current

USER = "omni"
READY_SECONDS = 60  # pg_ctl waits as long


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One server with its data below `home`; every method may be called by any process."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / f"postgres-{install.MAJOR}"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def start(self) -> None:
        """Start the server if it is not running, and wait until it answers."""
        with self._lock() as lock:
            if self._port() is None or not self._answers():
                self._refuse_other_major()
                self._make(lock)
                self._clear_after_crash()
                self._launch(lock)

    def ensure_database(self, name: str) -> str:
        """Create a database of the running server if it is absent, and return its URL."""
        with self._lock(), psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("select from pg_database where datname = %s", [name])
            if found.fetchone() is None:
                # The backend of a client killed at this very line may still be making it.
                with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.url(name)

    def stop(self) -> bool:
        """Stop the server, ending its sessions; False if it was not running."""
        if not self.home.exists():
            return False
        with self._lock() as lock:
            if self._port() is None:
                return False
            self._run(lock, "pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")
            return True

    def url(self, database: str) -> str:
        """URL of one database of the running server."""
        port = self._port()
        if port is None:
            raise ConfigurationError("OMNI_HOME", f"no server is running below {self.home}")
        password = quote(self._password(), safe="")
        return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"

    def running(self) -> bool:
        return self._port() is not None

    # -- internals ---------------------------------------------------------------------------

    @property
    def _secret(self) -> Path:
        return self.home / "postgres.password"

    def _password(self) -> str:
        return self._secret.read_text().strip() if self._secret.exists() else ""

    @property
    def _making(self) -> Path:
        """Where the data folder is made; what is there when a start begins was never finished."""
        folder = self.data.resolve()  # which may be a link to another disk
        return folder.with_name(f"{folder.name}.making")

    @contextmanager
    def _lock(self) -> Iterator[IO[Any]]:
        """Hold the home. Programs get the lock as their input: it ends with the last of them.

        A killed `omni` leaves an initdb or pg_ctl that works on; nobody may step in meanwhile.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.home.chmod(0o755)
        with open(self.home / "postgres.lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle

    def _answers(self) -> bool:
        """Wait until a server that somebody else has just started is ready; False if it ended."""
        deadline = time.monotonic() + READY_SECONDS
        while self._port() is not None:
            with suppress(FileNotFoundError, IndexError):
                # Line 8 says so; servers that are stopping end by themselves.
                if (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                    return True
            if time.monotonic() > deadline:
                raise ConfigurationError("OMNI_HOME", f"the server below {self.home} is not ready")
            time.sleep(0.05)
        return False

    def _port(self) -> int | None:
        """Port of the live server, from lines 1 (pid) and 4 (port) of postmaster.pid."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid, port = int(lines[0]), int(lines[3])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        return port if pid in self._processes() else None

    def _processes(self) -> list[int]:
        """Live processes of this server: each works in the data directory (zombies have no cwd)."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.readlink(entry / "cwd") == str(self.data.resolve()):
                    found.append(int(entry.name))
        return found

    def _clear_after_crash(self) -> None:
        """End backends that outlived a killed postmaster, then drop its stale pid file.

        PostgreSQL itself refuses to start while the pid of the file exists, be it a zombie or
        another program that got the number.
        """
        for sent in (signal.SIGQUIT, signal.SIGKILL):
            for pid in self._processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, sent)
            deadline = time.monotonic() + 5
            while self._processes() and time.monotonic() < deadline:
                time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _refuse_other_major(self) -> None:
        for found in sorted(self.home.glob("postgres-*/PG_VERSION")):
            major = found.read_text().strip()
            if major not in ("", str(install.MAJOR)):  # a killed initdb leaves it empty
                raise ConfigurationError(
                    "OMNI_HOME",
                    f"{found.parent} was made by PostgreSQL {major}, the installed binaries are "
                    f"{install.MAJOR}; dump it with the old version or remove the folder",
                )

    def _make(self, lock: IO[Any]) -> None:
        """Make the data folder unless a whole one is there; a half-made one goes first."""
        if (self.data / "PG_VERSION").exists() and self._password():
            return
        first_start.clear(self.data, self._secret.name)
        first_start.clear(self._making, self._secret.name)
        if not self._password():
            write_whole(self._secret, secrets.token_urlsafe(24), mode=0o600)
        with first_start.password_file(self._secret) as name:
            first_start.make_folder(self._making)
            # The password is 192 random bits: stretching it 4,096 times would only cost every
            # connection 5 ms.
            arguments = ["-D", str(self._making), "-U", USER, "--pwfile", name]
            arguments += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
            self._run(lock, "initdb", *arguments, "-c", "scram_iterations=1", "--no-instructions")
        with open(self._making / "postgresql.conf", "a") as conf:
            conf.write("".join(f"{name} = {value}\n" for name, value in install.settings().items()))
        os.replace(self._making, self.data.resolve())

    def _launch(self, lock: IO[Any]) -> None:
        configured = current().embedded_port
        remembered = self.home / "postgres.port"  # a stable URL keeps dbt's parsed project valid
        if configured:
            port = configured
        else:
            before = remembered.read_text().strip() if remembered.exists() else ""
            port = int(before) if before.isdigit() else 0
            port = port if port and is_free(port) else free_port()
        if configured and not is_free(port):
            raise ConfigurationError(
                "OMNI_EMBEDDED_PORT",
                f"port {port} is taken by another program; choose another or unset the variable",
            )
        try:
            where = ["-D", str(self.data), "-l", str(self.log), "-o", f"-p {port}"]
            self._run(lock, "pg_ctl", "start", "-w", *where)
        except ConfigurationError as error:
            tail = self.log.read_text().splitlines()[-3:] if self.log.exists() else []
            raise ConfigurationError("OMNI_HOME", f"{error.reason}: {' | '.join(tail)}") from error
        write_whole(remembered, str(port))

    def _run(self, lock: IO[Any], program: str, *arguments: str) -> None:
        binaries = install.binaries()
        identity: dict[str, object] = {}
        if os.geteuid() == 0:
            uid, gid = install.service_ids()
            identity = {"user": uid, "group": gid, "extra_groups": []}
        # Output goes to a file: a pipe would stay open in the server that pg_ctl leaves behind.
        with tempfile.TemporaryFile("w+") as output:
            # Not `run`, which would kill it on Ctrl-C with its children left writing: it ends in
            # two seconds, and with the lock in hand.
            done = subprocess.Popen(
                [str(binaries / program), *arguments],
                stdin=lock,  # none of them reads it; pg_ctl gives its server another
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                start_new_session=True,
                **identity,  # type: ignore[call-overload]
            )
            if done.wait() != 0:
                output.seek(0)
                said = " ".join(output.read().split())[-500:]
                raise ConfigurationError("OMNI_HOME", f"{program} failed in {self.home}: {said}")
