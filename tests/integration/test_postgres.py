"""The embedded server: idempotent start, explicit stop, survival, and messages that help."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.postgres import EmbeddedPostgres


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    home = Path(tempfile.mkdtemp(prefix="omni-server-", dir="/tmp"))
    embedded = EmbeddedPostgres(home)
    yield embedded
    embedded.stop()
    shutil.rmtree(home, ignore_errors=True)


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_start_is_idempotent_and_stop_is_explicit(server: EmbeddedPostgres) -> None:
    server.start()
    url, pid = server.ensure_database("warehouse"), postmaster(server)
    server.start()
    assert (server.ensure_database("warehouse"), postmaster(server)) == (url, pid)
    assert server.stop()
    assert not server.running()
    assert not server.stop()
    server.start()
    assert server.url("warehouse") == url, "a restart keeps the address"


def test_it_listens_on_loopback_only_and_asks_for_the_password(server: EmbeddedPostgres) -> None:
    server.start()
    url = server.url("postgres")
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), current_setting('password_encryption')"
        ).fetchone()
    assert row == ("127.0.0.1", "scram-sha-256")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="wrong")
    secret = server.home / "postgres.password"
    assert secret.stat().st_mode & 0o077 == 0


def test_root_never_runs_the_server(server: EmbeddedPostgres) -> None:
    server.start()
    owner = os.stat(f"/proc/{postmaster(server)}").st_uid
    assert owner != 0
    if os.geteuid() != 0:
        assert owner == os.geteuid()


def test_it_survives_a_killed_client_and_ends_its_work(server: EmbeddedPostgres) -> None:
    server.start()
    code = (
        "import psycopg, sys; c = psycopg.connect(sys.argv[1], application_name='victim');"
        "print('ready', flush=True); c.execute('select pg_sleep(60)')"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", code, server.url("postgres")], stdout=subprocess.PIPE
    )
    assert client.stdout is not None
    assert client.stdout.readline() == b"ready\n"
    client.send_signal(signal.SIGKILL)
    client.wait()
    client.stdout.close()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for _ in range(100):
            row = connection.execute(
                "select count(*) from pg_stat_activity where application_name = 'victim'"
            ).fetchone()
            if row == (0,):
                break
            time.sleep(0.1)
    assert row == (0,), "the killed client's statement still runs"
    assert server.running()
    assert server.stop(), "the server can still be stopped after its client was killed"


def test_a_killed_server_recovers(server: EmbeddedPostgres) -> None:
    server.start()
    with psycopg.connect(server.ensure_database("warehouse"), autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (7)")
        connection.execute("checkpoint")
    os.kill(postmaster(server), signal.SIGKILL)
    for _ in range(100):
        if not server.running():
            break
        time.sleep(0.1)
    server.start()
    with psycopg.connect(server.url("warehouse")) as connection:
        assert connection.execute("select n from kept").fetchone() == (7,)


def test_a_stale_pid_of_another_program_is_not_the_server(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n\n\n5432\n")
    assert not server.running()


def test_another_major_version_is_refused_in_words(server: EmbeddedPostgres) -> None:
    old = server.home / "postgres-15"
    old.mkdir(parents=True)
    (old / "PG_VERSION").write_text("15\n")
    with pytest.raises(ConfigurationError, match="made by PostgreSQL 15"):
        server.start()


def test_a_taken_port_is_named(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("OMNI_EMBEDDED_PORT", str(port))
        with pytest.raises(ConfigurationError, match=f"OMNI_EMBEDDED_PORT: port {port} is taken"):
            server.start()


KILLED = (
    "import sys; from pathlib import Path; from omni_pipeline.postgres import EmbeddedPostgres\n"
)
KILLED += "EmbeddedPostgres(Path(sys.argv[1])).start()"
# What the first start has made when it is killed.
REACHED = {
    "password": "postgres.password",
    "initdb begins": "postgres-18.making/PG_VERSION",
    "settings": "postgres-18.making/global/pg_control",
    "renamed": "postgres-18/PG_VERSION",
    "server begins": "postgres-18/postmaster.pid",
}


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        *((moment, signal.SIGKILL) for moment in REACHED),
        ("initdb begins", signal.SIGINT),
        ("server begins", signal.SIGINT),
    ],
)
def test_a_killed_first_start_is_made_anew(
    server: EmbeddedPostgres, moment: str, sent: signal.Signals
) -> None:
    reached = REACHED[moment]
    starting = subprocess.Popen(
        [sys.executable, "-c", KILLED, server.home], stderr=subprocess.DEVNULL
    )
    while not (server.home / reached).exists():
        assert starting.poll() is None, f"it ended before it made {reached}"
        time.sleep(0.002)
    starting.send_signal(sent)
    starting.wait()
    server.start()
    with psycopg.connect(server.ensure_database("warehouse")) as connection:
        assert connection.execute("select 7").fetchone() == (7,)
    left = {path.name for path in server.home.iterdir()}
    made = {"postgres-18", "postgres.lock", "postgres.password", "postgres.port"}
    assert left - made <= {f"postgres.password.{starting.pid}.new"}


def test_a_home_broken_by_an_older_version_is_made_anew(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.home / "postgres.password").unlink()
    for name in ("server.log", "postmaster.opts"):  # it was never started
        (server.data / name).unlink()
    server.start()
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("select 7").fetchone() == (7,)


@pytest.mark.parametrize("stranger", ["notes.txt", "server.log"])
def test_a_folder_that_is_not_half_made_is_kept(server: EmbeddedPostgres, stranger: str) -> None:
    """Somebody's file, or a server that has run and lost its password: both may be wanted."""
    server.data.mkdir()
    for name in ("PG_VERSION", stranger):
        (server.data / name).write_text("18\n")
    with pytest.raises(ConfigurationError, match=r"postgres.password beside it"):
        server.start()
    assert (server.data / stranger).read_text() == "18\n"
