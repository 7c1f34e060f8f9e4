"""One HTTP session for every REST source: timeouts, retries, pace and redaction.

Belongs here: what holds for any JSON API. What a vendor's error codes mean is said by the `judge`
that each client passes: it looks at an answer and raises `Retry`, `SourceError` or nothing.

Bounded: the time and size of an answer, the time of a request with its repetitions, and all that a
session waits. Retried: 429, 5xx, connection errors, timeouts, an answer that is no JSON (proxies
and overloaded portals send HTML), whatever the judge calls `Retry`. Not retried: other 4xx,
redirects, an answer that is too large.
"""

import logging
import random
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import requests
import tenacity

from omni_pipeline.api.answer import (
    BROKEN,
    HOPELESS,
    MAX_BODY,
    Answer,
    Judge,
    Retry,
    TooLarge,
    accept,
    host_of,
    kind,
    receive,
)
from omni_pipeline.api.pacing import Clock, Late, TokenBucket, within
from omni_pipeline.errors import SourceError
from omni_pipeline.redaction import Redactor
from omni_pipeline.values import text

logger = logging.getLogger(__name__)

ATTEMPTS = 8
LONGEST_BACKOFF = 60.0  # seconds; 8 attempts then span about three minutes
LONGEST_WAIT = 900.0  # seconds a server may ask us to wait; hourly runs cannot afford more
TIMEOUT = (5.0, 90.0)  # seconds to connect, to wait for a byte; Bitrix24 gives up after 60
ANSWER_SECONDS = 300.0  # for one answer, first byte to last: MAX_BODY at half a megabyte a second
REQUEST_SECONDS = 1_500.0  # for one request: two waits for Bitrix24's ten-minute budget and more
# All waits of a session, asked for or caused by faults: a dozen resets of Bitrix24's budget, as a
# first load may need. Answers are not counted; an hourly run is ended by Dagster long before.
SOURCE_WAIT_SECONDS = 7_200.0
# From the first request of a session to its last: the nightly run is ended after that time, too,
# and only a list that has no end takes longer.
SOURCE_SECONDS = 21_600.0
_SOURCE_LIMIT = f"{SOURCE_WAIT_SECONDS:.0f} s of waiting, the limit for a source"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class _Session(requests.Session):
    """Follows no redirect, and does not read where one leads: it may be anything."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


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
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.variable = variable
        self.redact = Redactor(*secrets)
        self.clock = clock or Clock()
        self._bucket = bucket
        self._timeout = timeout
        self._attempts = attempts
        self._answer_seconds = answer_seconds
        self._waited = 0.0
        self._began: float | None = None
        self._session = _Session()

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
        began, limit = self.clock.monotonic(), ""
        self._began = began if self._began is None else self._began
        if began - self._began > SOURCE_SECONDS:
            hours = SOURCE_SECONDS / 3600
            raise self.refuse(f"has been read for {hours:.0f} h without an end", name)

        def patience_ends(state: tenacity.RetryCallState) -> bool:
            """Whether the next wait would be too long for the request, or for the source."""
            nonlocal limit
            ahead = state.upcoming_sleep
            if state.attempt_number >= self._attempts:
                limit = f"{self._attempts} attempts"
            elif self.clock.monotonic() - began + ahead > REQUEST_SECONDS:
                limit = f"{REQUEST_SECONDS:.0f} s, the limit for a request"
            elif self._waited + ahead > SOURCE_WAIT_SECONDS:
                limit = _SOURCE_LIMIT
            return bool(limit)

        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Retry),
            stop=patience_ends,
            wait=_backoff,
            sleep=self._wait,
            before_sleep=self._report,
            reraise=True,
        )
        try:
            return attempts(self._attempt, method, url, judge, name, any_body, options)
        except Retry as last:
            reason = last.reason
        # Raised outside the handler: a chained exception would carry its own text along.
        raise SourceError(name, self.redact(f"{reason} (gave up after {limit})"))

    def wait(self, seconds: float, reason: str) -> None:
        """Wait for something the API is making; SourceError when the source has used up its time.

        `reason` says what is not ready.
        """
        if self._waited + seconds > SOURCE_WAIT_SECONDS:
            raise self.refuse(f"{reason} (gave up after {_SOURCE_LIMIT})")
        self._wait(seconds)

    def _wait(self, seconds: float) -> None:
        self._waited += seconds
        self.clock.sleep(seconds)

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
        answer = self._send(method, url, variable, options)
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

    def _send(self, method: str, url: str, variable: str, options: dict[str, Any]) -> Answer:
        host = host_of(url)
        # A proxy set for the outside world must not swallow calls to this machine.
        self._session.trust_env = host not in _LOOPBACK
        ask = partial(self._ask, method, url, options)
        began, refused, failure = self.clock.monotonic(), "", ""
        try:
            # A peer may send headers, too, a byte at a time, each of them within the read timeout.
            return within(self._answer_seconds, ask)
        except HOPELESS:
            refused = "is no address that can be called"
        except TooLarge:
            refused = f"{host}: an answer of more than {MAX_BODY // 2**20} MB"
        except Late:
            self._session = _Session()  # the old one is in the other thread's hands
            failure = f"no whole answer in {self._answer_seconds:.0f} s"
        except BROKEN as error:
            failure = kind(error)
        if refused:
            raise self.refuse(refused, variable)
        self._waited += self.clock.monotonic() - began
        raise Retry(f"{host}: {failure}")

    def _ask(self, method: str, url: str, options: dict[str, Any]) -> Answer:
        with self._session.request(
            method, url, timeout=self._timeout, stream=True, **options
        ) as response:
            return receive(response, self._answer_seconds)

    def _rules(self, answer: Answer, variable: str, any_body: bool) -> None:
        status = answer.status
        if status == 429 or status >= 500:
            wait = self._retry_after(answer.headers.get("Retry-After"))
            raise Retry(f"answers HTTP {status}", wait, throttled=status in (429, 503))
        if 300 <= status < 400:
            host = host_of(answer.headers.get("Location", "")) or "another address"
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
        if header.strip().isdecimal():
            return float(header)
        try:
            until = parsedate_to_datetime(header)
            until = until if until.tzinfo else until.replace(tzinfo=UTC)
            return max(0.0, until.timestamp() - self.clock.time())
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

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
