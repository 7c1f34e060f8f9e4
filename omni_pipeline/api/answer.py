"""One answer of an HTTP API: read within limits, parsed, and the words for one that broke off."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import HTTPError, LocationParseError, ProtocolError

from omni_pipeline.api.pacing import Late
from omni_pipeline.values import load_json, text

MAX_BODY = 128 * 2**20  # bytes, unpacked: ten times the largest pages and reports we ask for
_BLOCK = 2**16
HOPELESS = (InvalidURL, InvalidSchema, MissingSchema, LocationParseError)
BROKEN = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


class TooLarge(Exception):
    """An answer beyond MAX_BODY."""


class Retry(Exception):
    """The answer is no answer yet; ask again, after `wait` seconds if the server named them."""

    def __init__(self, reason: str, wait: float | None = None, throttled: bool = False) -> None:
        reason = text(reason, [])  # an answer may hold what no terminal prints
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.throttled = throttled


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `body` is the parsed JSON, None when there was none."""

    status: int
    headers: Mapping[str, str]
    body: Any
    is_json: bool
    content: bytes = b""

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body if it is a JSON object, else an empty one."""
        return self.body if isinstance(self.body, dict) else {}


Judge = Callable[[Answer], None]


def accept(answer: Answer) -> None:
    """The judge that has nothing to add to the general rules."""


def receive(response: requests.Response, seconds: float) -> Answer:
    """The answer to a streamed request, its body unpacked only up to MAX_BODY.

    Raises TooLarge beyond that, Late after `seconds`, or one of BROKEN.
    """
    deadline = time.monotonic() + seconds
    content = bytearray()
    while block := response.raw.read1(_BLOCK, decode_content=True):
        content += block
        if len(content) > MAX_BODY:
            raise TooLarge
        if time.monotonic() > deadline:
            raise Late
    is_json, body = _parsed(bytes(content))
    return Answer(response.status_code, response.headers, body, is_json, bytes(content))


def host_of(url: str) -> str | None:
    """The host of an address; None where there is none to be found."""
    try:
        return urlsplit(url).hostname
    except ValueError:  # such as http://[::1
        return None


def kind(error: Exception) -> str:
    """In words, why no answer came."""
    # The exception's own text holds the URL; its kind says enough.
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS handshake failed"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | ProtocolError):
        return "connection broke in the middle of an answer"
    return f"connection failed ({type(error).__name__})"


def _parsed(content: bytes) -> tuple[bool, Any]:
    try:
        return True, load_json(content)
    except ValueError:
        return False, None
