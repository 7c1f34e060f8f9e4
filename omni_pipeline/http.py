"""One HTTP session for every REST source: timeouts, retries, pace and redaction.

Belongs here: what holds for any JSON API. What a vendor's error codes mean is said by the `judge`
that each client passes: it looks at an answer and raises `Retry`, `SourceError` or nothing.

Retried: 429, 5xx, connection errors, timeouts, an answer that is no JSON (proxies and overloaded
portals send HTML), whatever the judge calls `Retry`. Not retried: other 4xx and redirects.
"""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity

from omni_pipeline.errors import SourceError
from omni_pipeline.pacing import Clock, TokenBucket
from omni_pipeline.redaction import Redactor
from omni_pipeline.values import load_json, text

logger = logging.getLogger(__name__)

ATTEMPTS = 8
LONGEST_BACKOFF = 60.0  # seconds; 8 attempts then span about three minutes
LONGEST_WAIT = 900.0  # seconds a server may ask us to wait; hourly runs cannot afford more
TIMEOUT = (5.0, 90.0)  # seconds to connect, to read; Bitrix24 itself gives up after 60
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


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


class HttpSession:
    """Calls one API; errors name `variable`, the setting a user has to look at."""

    def __init__(
        self,
        variable: str,
        *,
        secrets: Sequence[str] = (),
        bucket: TokenBucket | None = None,
        clock: Clock | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.variable = variable
        self.redact = Redactor(*secrets)
        self.clock = clock or Clock()
        self._bucket = bucket
        self._timeout = timeout
        self._attempts = attempts
        self._session = requests.Session()

    def request(
        self,
        method: str,
        url: str,
        *,
        judge: Judge = accept,
        variable: str = "",
        any_body: bool = False,
        **options: Any,
    ) -> Answer:
        """Ask until there is a JSON answer that the judge lets pass; with `any_body`, any answer.

        `options` go to requests (params, json, data, headers). Raises SourceError when the source
        refuses, or after the last attempt; `variable` overrides the setting it names.
        """
        name = variable or self.variable
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Retry),
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=_backoff,
            sleep=self.clock.sleep,
            before_sleep=self._report,
            reraise=True,
        )
        try:
            return attempts(self._attempt, method, url, judge, name, any_body, options)
        except Retry as last:
            reason = last.reason
        # Raised outside the handler: a chained exception would carry its own text along.
        raise SourceError(name, self.redact(f"{reason} (gave up after {self._attempts} attempts)"))

    def refuse(self, reason: str, variable: str = "") -> SourceError:
        """The error to raise for a refusal, with secrets cut out of the reason."""
        return SourceError(variable or self.variable, self.redact(text(reason, [])))

    def _attempt(
        self,
        method: str,
        url: str,
        judge: Judge,
        variable: str,
        any_body: bool,
        options: dict[str, Any],
    ) -> Answer:
        if self._bucket:
            self._bucket.take()
        answer = self._send(method, url, options)
        try:
            judge(answer)
            self._rules(answer, variable, any_body)
        except Retry as retry:
            if retry.throttled and self._bucket:
                self._bucket.drain()
            if (retry.wait or 0) <= LONGEST_WAIT:
                raise
            reason = f"{retry.reason}; asks to wait {retry.wait:.0f} s"
        else:
            return answer
        raise self.refuse(reason, variable)

    def _send(self, method: str, url: str, options: dict[str, Any]) -> Answer:
        host = urlsplit(url).hostname
        # A proxy set for the outside world must not swallow calls to this machine.
        self._session.trust_env = host not in _LOOPBACK
        try:
            response = self._session.request(
                method, url, timeout=self._timeout, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            failure = _kind(error)
        else:
            is_json, body = _parsed(response.content)
            return Answer(response.status_code, response.headers, body, is_json, response.content)
        raise Retry(f"{host}: {failure}")

    def _rules(self, answer: Answer, variable: str, any_body: bool) -> None:
        status = answer.status
        if status == 429 or status >= 500:
            wait = self._retry_after(answer.headers.get("Retry-After"))
            raise Retry(f"answers HTTP {status}", wait, throttled=status in (429, 503))
        if 300 <= status < 400:
            host = urlsplit(answer.headers.get("Location", "")).hostname or "another address"
            raise self.refuse(f"redirects to {host}; set the new address", variable)
        if status in (401, 403):
            raise self.refuse(f"access refused (HTTP {status})", variable)
        if status >= 400:
            raise self.refuse(f"answers HTTP {status}", variable)
        if not answer.is_json and not any_body:
            raise Retry("answers with something that is not JSON (HTML or a cut-off body)")

    def _retry_after(self, header: str | None) -> float | None:
        """Seconds asked for by a Retry-After header: a number or an HTTP date."""
        if not header:
            return None
        if header.strip().isdigit():
            return float(header)
        try:
            until = parsedate_to_datetime(header)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, until.timestamp() - self.clock.time())

    def _report(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        text = self.redact(f"{self.variable}: {error}; asking again in {wait:.0f} s")
        logger.warning("%s", text)


def _backoff(state: tenacity.RetryCallState) -> float:
    """Seconds before the next attempt: what the server asked for, else doubling with jitter."""
    error = state.outcome.exception() if state.outcome else None
    jitter = random.random()
    if isinstance(error, Retry) and error.wait is not None:
        return error.wait + jitter
    ceiling = min(LONGEST_BACKOFF, 2.0**state.attempt_number)
    return ceiling * (0.5 + jitter / 2)


def _kind(error: requests.RequestException) -> str:
    # The exception's own text holds the URL; its kind says enough.
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS handshake failed"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "connection broke in the middle of an answer"
    return f"connection failed ({type(error).__name__})"


def _parsed(content: bytes) -> tuple[bool, Any]:
    try:
        return True, load_json(content)
    except ValueError:
        return False, None
