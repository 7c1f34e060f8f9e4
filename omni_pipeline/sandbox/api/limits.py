"""The portal's leaky bucket as the vendor describes it: 50 calls deep, drained by two a second."""

import threading

from omni_pipeline.api.pacing import Clock


class LeakyBucket:
    """Counts calls; one that would overflow the bucket is refused and not counted."""

    def __init__(self, clock: Clock, *, depth: float = 50, per_second: float = 2) -> None:
        self._clock = clock
        self._depth = depth
        self._per_second = per_second
        self._level = 0.0
        self._drained_at = clock.monotonic()
        self._lock = threading.Lock()

    def admit(self) -> bool:
        """Whether one more call fits."""
        with self._lock:
            now = self._clock.monotonic()
            self._level = max(0.0, self._level - (now - self._drained_at) * self._per_second)
            self._drained_at = now
            if self._level + 1 > self._depth:
                return False
            self._level += 1
            return True
