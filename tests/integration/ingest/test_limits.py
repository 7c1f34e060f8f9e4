"""Source databases that do not answer, or whose tables are locked: an end, and words for it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pymysql
import pytest

from omni_pipeline import database
from omni_pipeline.database import SourceDatabase
from omni_pipeline.errors import SourceError
from tests.mariadb import MariaDB

VARIABLE = "SHOP_DATABASE_URL"


class Proxy:
    """Stands before a server and passes everything on, until it is told to be `mute`."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self.mute = threading.Event()
        here = f"127.0.0.1:{self._listener.getsockname()[1]}"
        place = f"{self._target.netloc.rpartition('@')[0]}@{here}"
        self.url = urlunsplit(self._target._replace(netloc=place))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection((self._target.hostname or "", self._target.port or 0))
            self._sockets += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                if not self.mute.is_set():
                    other.sendall(data)
        except OSError:
            pass

    def close(self) -> None:
        for each in self._sockets:
            each.close()


@contextmanager
def listening(said: bytes = b"") -> Iterator[int]:
    """Port of a server that takes connections and says nothing, or one byte now and then."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peers: list[socket.socket] = []

        def serve() -> None:
            while not stop.is_set():
                try:
                    peers.append(listener.accept()[0])
                    for byte in said:
                        peers[-1].sendall(bytes([byte]))
                        stop.wait(0.2)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        stop.set()
        for peer in peers:
            peer.close()
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=["postgresql", "mariadb"])
def url(request: pytest.FixtureRequest) -> str:
    """A source with one table, in both systems."""
    table = "create table b_order (id int primary key)"
    if request.param == "postgresql":
        found: str = request.getfixturevalue("empty_database_url")
        with psycopg.connect(found) as connection:
            connection.execute(table)
        return found
    server: MariaDB = request.getfixturevalue("mariadb")
    with server.admin() as admin, admin.cursor() as cursor:
        cursor.execute("drop database if exists limits")
        cursor.execute("create database limits")
        cursor.execute(table.replace("b_order", "limits.b_order"))
        cursor.execute("insert into limits.b_order values (1)")
    return server.url("limits")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("CONNECT", 1), ("LOCK", 1), ("SILENCE", 2), ("QUERY", 1.5)):
        monkeypatch.setattr(database, f"{name}_SECONDS", seconds)


def read(url: str, statement: str, act: Callable[[], None] | None) -> None:
    with SourceDatabase(url, VARIABLE).read() as session:
        if act:
            act()
        list(session.stream(statement))


def fails(url: str, said: str, statement: str = "", act: Callable[[], None] | None = None) -> None:
    """A read that ends soon, with the variable and the limit in its words and nothing chained."""
    began = time.monotonic()
    with pytest.raises(SourceError, match=f"^{VARIABLE}: cannot be read: {said}") as caught:
        read(url, statement, act)
    assert caught.value.__cause__ is None
    assert time.monotonic() - began < 60, "without a limit it never ends"


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
@pytest.mark.parametrize("said", [b"", b"\x4a\x00\x00\x00\x0a" * 200], ids=["mute", "trickling"])
def test_a_server_that_says_nothing(scheme: str, said: bytes) -> None:
    with listening(said) as port:
        fails(f"{scheme}://reader:secret@127.0.0.1:{port}/shop", "")


@pytest.mark.parametrize(
    "banner", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad\r\n\r\n", b"\xff" * 9]
)
def test_a_server_of_another_kind(banner: bytes) -> None:
    with listening(banner) as port:
        fails(f"mysql://reader:secret@127.0.0.1:{port}/shop", "")


def test_a_server_that_falls_silent(url: str) -> None:
    proxy = Proxy(url)
    try:
        fails(proxy.url, "no answer for 2 s", "select id from b_order", proxy.mute.set)
    finally:
        proxy.close()


def test_a_table_that_somebody_has_locked(url: str) -> None:
    with locked(url):
        fails(url, "a table is locked, no lock in 1 s", "select id from b_order")


def test_a_query_that_takes_too_long(url: str) -> None:
    wait = "pg_sleep(30)" if url.startswith("postgres") else "sleep(30) from b_order"
    said = "a query gave no row for 2 s" if url.startswith("postgres") else "a query took more than"
    fails(url, said, f"select {wait}")


@contextmanager
def locked(url: str) -> Iterator[None]:
    if url.startswith("postgres"):
        with psycopg.connect(url) as connection:
            connection.execute("lock table b_order in access exclusive mode")
            yield
        return
    with source(url) as locking, locking.cursor() as cursor:
        cursor.execute("lock tables b_order write")
        yield


def source(url: str) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    return pymysql.connect(
        host="127.0.0.1", port=urlsplit(url).port or 0, user="root", database="limits"
    )
