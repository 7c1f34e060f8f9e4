"""TLS to a MySQL source as its URL asks for it, and the way MySQL 8 signs its users in.

MySQL itself is not on the machines of these tests: TLS is tried on MariaDB, `caching_sha2_password`
on a script of its protocol that decrypts what a real server would.
"""

import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from omni_pipeline.database import SourceDatabase
from omni_pipeline.errors import SourceError
from tests.mariadb import MariaDB

VARIABLE = "CEL_DATABASE_URL"
VERSION = "select variable_value from information_schema.session_status where variable_name = %s"
PASSWORD = "pässword of Анна"
NONCE = b"12345678abcdefghijkl"
# Capabilities of a server of today; SSL is told apart.
ABILITIES = 0x00000200 | 0x00008000 | 0x00080000 | 0x00000008 | 0x00200000 | 0x00000001
SSL = 0x00000800


def tls_version(url: str) -> str:
    """The version of TLS under a session; empty without."""
    with SourceDatabase(url, VARIABLE).read() as session:
        ((version,),) = session.stream(VERSION.replace("%s", "'Ssl_version'"))
    return str(version)


@pytest.mark.parametrize(
    ("options", "is_safe"),
    [
        ("", True),
        ("?ssl_mode=preferred", True),
        ("?sslmode=disable", False),
        ("?ssl-mode=REQUIRED", True),
        ("?ssl_mode=verify_ca&ssl_ca={ca}", True),
        ("?ssl-mode=VERIFY_IDENTITY&ssl-ca={ca}", True),
        ("?sslmode=verify-full&sslrootcert={ca}", True),
        ("?ssl_ca={ca}", True),
    ],
)
def test_a_mode_is_what_the_session_has(mariadb: MariaDB, options: str, is_safe: bool) -> None:
    ca = f"{mariadb.certificates}/ca.pem"
    version = tls_version(mariadb.url("mysql") + options.format(ca=ca))
    assert version.startswith("TLSv1.") == is_safe


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("127.0.0.1", "?ssl_mode=verify_ca&ssl_ca={folder}/stranger.pem"),
        ("127.0.0.1", "?ssl_ca={folder}/stranger.pem"),
        ("127.0.0.1", "?ssl_mode=required&ssl_ca={folder}/stranger.pem"),
        ("127.0.0.1", "?ssl_mode=verify_ca"),  # no authority of the system signed it
        ("127.0.0.1", "?ssl_mode=verify_identity&ssl_ca={folder}/stranger.pem"),
        ("localhost", "?ssl_mode=verify_identity&ssl_ca={folder}/ca.pem"),
    ],
)
def test_a_stranger_s_certificate_is_refused(mariadb: MariaDB, host: str, options: str) -> None:
    url = mariadb.url("mysql").replace("127.0.0.1", host)
    with pytest.raises(SourceError, match=VARIABLE) as refused:
        tls_version(url + options.format(folder=mariadb.certificates))
    assert "p@ss" not in str(refused.value)


def test_the_name_does_not_matter_to_verify_ca(mariadb: MariaDB) -> None:
    url = mariadb.url("mysql").replace("127.0.0.1", "localhost")
    assert tls_version(f"{url}?ssl_mode=verify_ca&ssl_ca={mariadb.certificates}/ca.pem")


def test_a_user_who_needs_a_certificate(mariadb: MariaDB) -> None:
    with mariadb.admin() as connection, connection.cursor() as cursor:
        cursor.execute("create or replace user 'sealed'@'127.0.0.1' require x509")
        cursor.execute("grant select on *.* to 'sealed'@'127.0.0.1'")
    url = f"mysql://sealed@127.0.0.1:{mariadb.port}/mysql?ssl_mode=verify_identity"
    folder = mariadb.certificates
    client = f"&ssl_ca={folder}/ca.pem&ssl_cert={folder}/client.pem&ssl_key={folder}/client.key"
    assert tls_version(url + client)
    with pytest.raises(SourceError, match=VARIABLE):
        tls_version(f"{url}&ssl_ca={folder}/ca.pem")


class Eight:
    """As much of MySQL 8 as signs a user in who was never there before."""

    def __init__(self, offers_tls: bool = False) -> None:
        self.offers_tls = offers_tls
        self.signed_in = ""
        self.heard = b""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._sequence = 0

    def greet(self, client: socket.socket) -> None:
        able = ABILITIES | (SSL if self.offers_tls else 0)
        low, high = struct.pack("<H", able & 0xFFFF), struct.pack("<H", able >> 16)
        self._send(
            client,
            b"\x0a8.0.40\0" + struct.pack("<I", 1) + NONCE[:8] + b"\0" + low + b"\x2d"
            + struct.pack("<H", 2) + high + bytes([21]) + bytes(10) + NONCE[8:] + b"\0"
            + b"caching_sha2_password\0",
        )  # fmt: skip
        self.heard = self._receive(client)
        if not self.heard:
            return
        self._send(client, b"\x01\x04")  # unknown so far: the password itself, please
        assert self._receive(client) == b"\x02", "the client asks for the server's key"
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._send(client, b"\x01" + public)
        hidden = self._key.decrypt(
            self._receive(client),
            padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None),
        )
        plain = bytes(c ^ NONCE[i % len(NONCE)] for i, c in enumerate(hidden))
        self.signed_in = plain.rstrip(b"\0").decode()
        asked = self.signed_in.encode()
        while asked[:1] not in (b"", b"\x01"):  # gone, or COM_QUIT
            self._send(client, b"\0\0\0\x02\0\0\0")
            asked = self._receive(client)

    def _send(self, client: socket.socket, payload: bytes) -> None:
        client.sendall(struct.pack("<I", len(payload))[:3] + bytes([self._sequence]) + payload)

    def _receive(self, client: socket.socket) -> bytes:
        head = client.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            return b""
        self._sequence = head[3] + 1
        return client.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)


@contextmanager
def listening(server: Eight) -> Iterator[int]:
    """The port of a server that serves one client."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            client, _ = door.accept()
            with client:
                client.settimeout(10)
                server.greet(client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        thread.join(timeout=10)


def test_caching_sha2_password_signs_in_without_tls() -> None:
    server = Eight()
    with listening(server) as port:
        written = "p%C3%A4ssword%20of%20%D0%90%D0%BD%D0%BD%D0%B0"
        with SourceDatabase(f"mysql://u:{written}@127.0.0.1:{port}/shop", VARIABLE).read():
            pass
    assert server.signed_in == PASSWORD
    assert PASSWORD.encode() not in server.heard
    inner = hashlib.sha256(PASSWORD.encode()).digest()
    outer = hashlib.sha256(hashlib.sha256(inner).digest() + NONCE).digest()
    scramble = bytes(a ^ b for a, b in zip(inner, outer, strict=True))
    assert scramble in server.heard, "the quick way of a user who is known is tried first"


def test_a_server_without_tls_learns_nothing_where_it_is_required() -> None:
    server = Eight()
    with listening(server) as port:
        url = f"mysql://u:secret@127.0.0.1:{port}/shop?ssl_mode=required"
        with pytest.raises(SourceError, match="SSL is required"):
            tls_version(url)
    assert server.heard == b""
    assert server.signed_in == ""
