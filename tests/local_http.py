"""A scripted HTTP server on 127.0.0.1 and a clock that does not wait, for tests of HTTP clients.

Real sockets and real HTTP; only the answers are planned and only time is pretended.
"""

import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from omni_pipeline.api.pacing import Clock

FIXTURES = Path(__file__).parent / "fixtures"


def recorded(name: str) -> Any:
    """A recorded answer by its path below tests/fixtures."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


class FakeClock(Clock):
    """Sleeping moves the time and is noted in `slept`."""

    def __init__(self, unix: float = 1_780_000_000.0) -> None:
        self.unix = unix
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self.unix

    def time(self) -> float:
        return self.unix

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.unix += seconds
            self.slept.append(seconds)


@dataclass(frozen=True)
class Call:
    """One request as the server got it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    """One answer: a JSON document, or raw bytes; `cut` bytes of it are sent before a reset."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


HTML = Reply(b"<html><body><h1>Service unavailable</h1></body></html>")
TRUNCATED = Reply(b'{"result":{"result":{"c0":[{"ID":"1"')
RESET = Reply(b"", cut=0)
HALF = Reply({"result": "x" * 500}, cut=200)

Responder = Callable[[Call], Reply]


class LocalServer:
    """Answers with the queued replies first, then with the responder; remembers all calls."""

    def __init__(self, responder: Responder | None = None) -> None:
        self.calls: list[Call] = []
        self.queue: list[Reply] = []
        self.responder = responder
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.handle(self)

            do_POST = do_GET

            def log_message(self, *arguments: Any) -> None:
                """Stay silent."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hung up on a cut answer is part of the script."""
                if not isinstance(sys.exception(), ConnectionError):
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        address = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        call = Call(
            handler.command,
            address.path,
            dict(parse_qsl(address.query)),
            dict(handler.headers),
            handler.rfile.read(length),
        )
        self.calls.append(call)
        if self.queue:
            reply = self.queue.pop(0)
        else:
            assert self.responder is not None, f"nothing planned for {call.path}"
            reply = self.responder(call)
        if reply.cut is None:
            self._send(handler, reply, reply.content)
        else:
            if reply.cut:
                self._send(handler, reply, reply.content[: reply.cut])
            # Linger zero: closing sends RST, as a crashed peer does.
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            handler.close_connection = True
            handler.connection.close()

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply, part: bytes) -> None:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.content)))
        handler.end_headers()
        handler.wfile.write(part)
        handler.wfile.flush()

    @contextmanager
    def running(self) -> Iterator["LocalServer"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
