"""Pace of outgoing calls: the clock they live by, how long one may take, and the token bucket.

Belongs here: nothing that knows HTTP or a source. `Clock` is the one thing a test replaces so that
minutes of waiting take no time.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Late(Exception):
    """What was asked for is not there in time."""


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """What `work` gives or raises; Late after `seconds`, whatever it is waiting for.

    Its thread is then left to itself, so `work` should find out by itself that nobody listens.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise Late
    return results[0]


class Clock:
    """Real time: a monotonic clock for intervals, the wall clock for agreements with servers."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        return time.monotonic()

    def time(self) -> float:
        """Unix seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class TokenBucket:
    """At most `capacity` calls at once and `per_second` in the long run; safe between threads."""

    def __init__(self, per_second: float, capacity: float, clock: Clock | None = None) -> None:
        self._per_second = per_second
        self._capacity = capacity
        self._clock = clock or Clock()
        self._tokens = capacity
        self._counted_at = self._clock.monotonic()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait until one call may be made."""
        # Tokens may fall below zero: each waiting thread holds a place in the queue that way.
        with self._lock:
            self._refill()
            self._tokens -= 1
            wait = -self._tokens / self._per_second
        if wait > 0:
            self._clock.sleep(wait)

    def drain(self) -> None:
        """Forget saved-up calls: the server has just said that its own bucket is full."""
        with self._lock:
            self._refill()
            self._tokens = min(self._tokens, 0)

    def _refill(self) -> None:
        now = self._clock.monotonic()
        grown = self._tokens + (now - self._counted_at) * self._per_second
        self._tokens = min(self._capacity, grown)
        self._counted_at = now
