"""The HTTP session against peers that never end: in time, in size, in what they ask for."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from omni_pipeline.api import answer
from omni_pipeline.api.session import REQUEST_SECONDS, SOURCE_WAIT_SECONDS, HttpSession
from omni_pipeline.errors import SourceError
from tests.local_http import FakeClock, LocalServer, Reply

OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def saying(text: bytes, pause: float = 0.0) -> Iterator[str]:
    """URL of a server that sends these bytes to whoever connects, one by one where it pauses."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while not stop.is_set():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.recv(65536)
                    for start in range(0, len(text), 1 if pause else len(text)):
                        peer.sendall(text[start : start + (1 if pause else len(text))])
                        if stop.wait(pause):
                            return
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/rest"
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def session(clock: FakeClock | None = None, **options: object) -> HttpSession:
    return HttpSession("SOME_URL", clock=clock or FakeClock(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        OK + b"Content-Length: 100000\r\n\r\n" + b" " * 100_000,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 20_000,
        OK + b"X-Slow: " + b"x" * 60_000,
        b"HTTP/1.1 " + b" " * 60_000,
    ],
    ids=["body", "chunks", "header", "status"],
)
def test_an_answer_that_trickles_ends_in_time(text: bytes) -> None:
    """Each byte is within the read timeout: only the whole answer is late."""
    began = time.monotonic()
    with (
        saying(text, 0.02) as url,
        pytest.raises(SourceError, match=r"SOME_URL: 127\.0\.0\.1: no whole answer in 0 s"),
    ):
        session(answer_seconds=0.3, attempts=2).request("GET", url)
    assert time.monotonic() - began < 60, "without a limit it takes twenty minutes"


@pytest.mark.parametrize("layers", [1, 2])
def test_a_packed_answer_that_grows_is_refused(
    monkeypatch: pytest.MonkeyPatch, layers: int
) -> None:
    monkeypatch.setattr(answer, "MAX_BODY", 2**20)
    packed = bytes(2**26)
    for _ in range(layers):
        packed = gzip.compress(packed, 9 if layers == 1 else 6)
    reply = Reply(packed, headers={"Content-Encoding": ", ".join(["gzip"] * layers)})
    with LocalServer(lambda _: reply).running() as server:
        tracemalloc.start()
        try:
            with pytest.raises(SourceError, match=r"SOME_URL: 127\.0\.0\.1: an answer of more"):
                session().request("GET", server.url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert len(server.calls) == 1, "it would be as large the next time"
    assert peak < 2**23, "never all of its 64 MB"


def test_the_waits_of_one_request_are_bounded() -> None:
    clock = FakeClock()
    reply = Reply({}, 503, {"Retry-After": "800"})
    with (
        LocalServer(lambda _: reply).running() as server,
        pytest.raises(SourceError, match="gave up after 1500 s, the limit for a request"),
    ):
        session(clock).request("GET", server.url)
    assert 800 <= sum(clock.slept) <= REQUEST_SECONDS


def test_the_waits_of_a_source_are_bounded() -> None:
    """Each request succeeds in the end, and the hour is over all the same."""
    clock = FakeClock()
    turns = iter(range(1_000))

    def respond(_: object) -> Reply:
        busy = Reply({}, 429, {"Retry-After": "500"})
        return Reply({}) if next(turns) % 2 else busy

    caller = session(clock)
    with LocalServer(respond).running() as server:
        for _ in range(14):
            caller.request("GET", server.url)
        with pytest.raises(SourceError, match=r"HTTP 429 .*7200 s of waiting, the limit for a so"):
            caller.request("GET", server.url)
        with pytest.raises(SourceError, match=r"not ready .*the limit for a source"):
            caller.wait(SOURCE_WAIT_SECONDS, "the report is not ready")
    assert 7_000 <= sum(clock.slept) <= SOURCE_WAIT_SECONDS


@pytest.mark.parametrize(
    "value",
    [
        *("²", "٣", "-5", "1.5", "1e400", "9" * 400, "nan", "soon", "\xa0", "0x10", "5 s", "1, 2"),
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 99 Foo 2026 99:99:99 GMT",
        "Fri, 31 Dec 99999 00:00:00 GMT",
        ",",
    ],
)
def test_whatever_retry_after_says_the_session_decides(value: str) -> None:
    clock = FakeClock()
    text = b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nConnection: close\r\n"
    with (
        saying(text + b"Retry-After: " + value.encode() + b"\r\n\r\n{}") as url,
        pytest.raises(SourceError, match="SOME_URL: answers HTTP 503"),
    ):
        session(clock, attempts=2).request("GET", url)
    assert sum(clock.slept) <= 61


@pytest.mark.parametrize(
    "value", ["http://[::1", "", "//", "http://[v1.x]/", "http://host:port/", "http://[", "\xff"]
)
def test_wherever_a_redirect_leads_it_is_a_refusal(value: str) -> None:
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
    with (
        saying(head + b"Location: " + value.encode() + b"\r\n\r\n") as url,
        pytest.raises(SourceError, match=r"SOME_URL: redirects to .*; set the new address"),
    ):
        session().request("GET", url)


@pytest.mark.parametrize(
    "text",
    [
        b"garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        OK + b"Content-Length: x\r\n\r\n<",
        OK + b"Content-Length: 1, 2\r\n\r\n{}",
        OK + b"Content-Length: -5\r\n\r\n<",
        OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n<",
        OK + b"Content-Encoding: gzip\r\n\r\nnot packed",
        OK + b"Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip\r\n\r\nnot packed",
        OK + b"Content-Encoding: deflate\r\n\r\n\xff\xff\xff",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 70_000,
        OK + b"X: y\r\n" * 200 + b"\r\n<",
        OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n<",
        OK + b"no colon\r\n: empty\r\n\r\n<",
        OK + b"Content-Type: application/json; charset=nope\r\n\r\n\xff\xfe<",
        OK + b"Set-Cookie: \xff=\x00; expires=never\r\n\r\n<",
        OK + b"\r\n" + b"[" * 100_000,
    ],
)
def test_whatever_answers_it_is_the_source_s_error(text: bytes) -> None:
    with saying(text) as url, pytest.raises(SourceError, match="SOME_URL: "):
        session(attempts=2).request("GET", url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://[::1/x", "http://host:port/x", "nonsense", "http://", "ftp://host/x"),
        *("http://a..b/x", f"http://{'a' * 300}.shop/x", "http://ho st/x", "http://\x00/"),
    ],
)
def test_what_is_no_address_is_the_setting_s_fault(url: str) -> None:
    with pytest.raises(SourceError, match="SOME_URL: ") as caught:
        session(attempts=2).request("GET", url)
    assert caught.value.__context__ is None


def test_a_number_of_5000_digits_spoils_no_answer() -> None:
    text = b'{"result": [{"ID": "1", "N": ' + b"7" * 5_000 + b'}, {"ID": "2", "N": 5}]}'
    with LocalServer(lambda _: Reply(text)).running() as server:
        rows = session().request("GET", server.url).fields["result"]
    assert rows == [{"ID": "1", "N": "7" * 5_000}, {"ID": "2", "N": 5}]
