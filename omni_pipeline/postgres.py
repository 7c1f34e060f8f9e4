"""Supervisor of the embedded PostgreSQL server, used when OMNI_DATABASE_URL is not set.

Belongs here: finding binaries, initdb, start, stop, and the URL of the server. Does not belong
here: schemas and roles of the warehouse (`landing.py`, dbt).

The server listens on loopback TCP with a generated password (scram). Nothing but an explicit
`stop` ends it, so a killed client leaves neither a stale lock nor a stopped server behind. As
root the server runs as an unprivileged system user, because PostgreSQL refuses uid 0.
"""

import fcntl
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from omni_pipeline import postgres_install as install
from omni_pipeline.errors import ConfigurationError

REPOSITORY = Path(__file__).resolve().parents[1]
USER = "omni"
WAREHOUSE = "warehouse"


def default_home() -> Path:
    """OMNI_HOME, or `.omni` in the checkout, or a reachable twin of it under /var/lib."""
    if configured := os.environ.get("OMNI_HOME"):
        return Path(configured).resolve()
    home = REPOSITORY / ".omni"
    if os.geteuid() == 0 and not install.reachable_by_others(REPOSITORY):
        return install.SHARED_ROOT / hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:12]
    return home


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
        """Start the server if it is not running."""
        with self._lock():
            if self._port() is None:
                self._refuse_other_major()
                if not (self.data / "PG_VERSION").exists():
                    self._init()
                self._clear_after_crash()
                self._launch()

    def ensure_database(self, name: str) -> str:
        """Create a database of the running server if it is absent, and return its URL."""
        with self._lock(), psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("select from pg_database where datname = %s", [name])
            if found.fetchone() is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.url(name)

    def stop(self) -> bool:
        """Stop the server, ending its sessions; False if it was not running."""
        with self._lock():
            if self._port() is None:
                return False
            self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")
            return True

    def url(self, database: str) -> str:
        """URL of one database of the running server."""
        port = self._port()
        if port is None:
            raise ConfigurationError("OMNI_HOME", f"no server is running below {self.home}")
        password = quote((self.home / "postgres.password").read_text().strip(), safe="")
        return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"

    def running(self) -> bool:
        return self._port() is not None

    # -- internals ---------------------------------------------------------------------------

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.home.chmod(0o755)
        with open(self.home / "postgres.lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

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
                if os.readlink(entry / "cwd") == str(self.data):
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
            if major != str(install.MAJOR):
                raise ConfigurationError(
                    "OMNI_HOME",
                    f"{found.parent} was made by PostgreSQL {major}, the installed binaries are "
                    f"{install.MAJOR}; dump it with the old version or remove the folder",
                )

    def _init(self) -> None:
        password = secrets.token_urlsafe(24)
        with tempfile.NamedTemporaryFile("w", dir="/tmp", suffix=".pw") as handle:
            handle.write(password)
            handle.flush()
            if os.geteuid() == 0:
                os.chown(handle.name, *install.service_ids())
                self.data.mkdir(mode=0o700, exist_ok=True)
                os.chown(self.data, *install.service_ids())
            arguments = ["-D", str(self.data), "-U", USER, "--pwfile", handle.name]
            arguments += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
            # The password is 192 random bits: stretching it 4,096 times would only cost every
            # connection 5 ms.
            self._run("initdb", *arguments, "-c", "scram_iterations=1", "--no-instructions")
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write("".join(f"{name} = {value}\n" for name, value in install.settings().items()))
        secret = self.home / "postgres.password"
        secret.touch(mode=0o600)
        secret.write_text(password)

    def _launch(self) -> None:
        configured = os.environ.get("OMNI_EMBEDDED_PORT")
        remembered = self.home / "postgres.port"  # a stable URL keeps dbt's parsed project valid
        if configured:
            port = int(configured)
        else:
            port = int(remembered.read_text()) if remembered.exists() else 0
            port = port if port and _is_free(port) else _free_port()
        if configured and not _is_free(port):
            raise ConfigurationError(
                "OMNI_EMBEDDED_PORT",
                f"port {port} is taken by another program; choose another or unset the variable",
            )
        try:
            where = ["-D", str(self.data), "-l", str(self.log), "-o", f"-p {port}"]
            self._run("pg_ctl", "start", "-w", *where)
        except ConfigurationError as error:
            tail = self.log.read_text().splitlines()[-3:] if self.log.exists() else []
            raise ConfigurationError("OMNI_HOME", f"{error.reason}: {' | '.join(tail)}") from error
        remembered.write_text(str(port))

    def _run(self, program: str, *arguments: str) -> None:
        binaries = install.binaries()
        identity: dict[str, object] = {}
        if os.geteuid() == 0:
            uid, gid = install.service_ids()
            identity = {"user": uid, "group": gid, "extra_groups": []}
        # Output goes to a file: a pipe would stay open in the server that pg_ctl leaves behind.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                start_new_session=True,
                **identity,  # type: ignore[call-overload]
            )
            if done.returncode != 0:
                output.seek(0)
                said = " ".join(output.read().split())[-500:]
                raise ConfigurationError("OMNI_HOME", f"{program} failed in {self.home}: {said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def main() -> None:
    """`python -m omni_pipeline.postgres start|stop|url [database]` on the default home.

    `url` is for BI tools: of a role that reads what is published and nothing else.
    """
    from omni_pipeline.warehouse import roles  # which knows what a warehouse is; this file does not

    server = EmbeddedPostgres(default_home())
    verb = sys.argv[1] if len(sys.argv) > 1 else "url"
    database = sys.argv[2] if len(sys.argv) > 2 else WAREHOUSE
    try:
        if verb == "stop":
            print("stopped" if server.stop() else "not running")
            return
        if verb == "start":
            server.start()
        if verb == "start":
            print(server.ensure_database(database))
        else:
            print(roles.reader_url(server.home, server.url(database), roles.ANALYST))
    except ConfigurationError as error:
        sys.exit(f"omni: {error}")
    except psycopg.Error:
        sys.exit(f"omni: the server has no database {database}; `omni run` or `omni demo` makes it")


if __name__ == "__main__":
    main()
