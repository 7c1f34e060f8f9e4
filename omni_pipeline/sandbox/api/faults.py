"""Scripted misbehaviour of the stub APIs: the answers that real portals give on a bad day.

A `FaultPlan` is a queue: each request takes one step, a fault or None for a proper answer. Faults
cover the whole answer; `command_error` spoils one command inside a Bitrix24 batch.
"""

import threading
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from omni_pipeline.api.pacing import Clock

# Names a plan may hold; what each looks like on the wire is in `answer`.
FAULTS = frozenset(
    {
        "html",
        "unavailable",
        "query_limit",
        "operation_limit",
        "operation_limit_iso",
        "overload",
        "retry_after",
        "truncated",
        "reset",
        "command_error",
        "no_result",
        "unauthorized",
        "retry_later",
        "call_limit",
    }
)
RESET_SECONDS = 480  # from a spent time budget to its reset


class FaultPlan:
    """Faults for the next requests, in order; safe between threads."""

    def __init__(self, steps: Iterable[str | None] = ()) -> None:
        self._steps: deque[str | None] = deque()
        self._lock = threading.Lock()
        self.add(*steps)

    def add(self, *steps: str | None, times: int = 1) -> None:
        """Append steps; `times` repeats the whole sequence."""
        unknown = {step for step in steps if step is not None} - FAULTS
        if unknown:
            raise ValueError(f"unknown faults {sorted(unknown)}; known are {sorted(FAULTS)}")
        with self._lock:
            self._steps.extend(list(steps) * times)

    def take(self) -> str | None:
        """The step for one request; None when nothing is planned."""
        with self._lock:
            return self._steps.popleft() if self._steps else None

    def __len__(self) -> int:
        with self._lock:
            return len(self._steps)


class Truncated(Response):
    """An answer whose body ends early; with `promised`, the connection breaks instead."""

    def __init__(self, body: bytes, *, promised: int | None = None) -> None:
        super().__init__(body, media_type="application/json")
        self._promised = promised

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head; a broken connection is an error after the first part of the body."""
        if self._promised is None:
            await super().__call__(scope, receive, send)
            return
        head = [(b"content-length", str(self._promised).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        raise ConnectionResetError("planned by the fault plan")


def answer(fault: str, clock: Clock) -> Response:
    """The answer that a planned fault stands for."""
    cut = b'{"result":[{"ID":"1","NAME":"\xd0\x98'
    if fault == "html":
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>")
    if fault == "truncated":
        return Truncated(cut)
    if fault == "reset":
        return Truncated(cut, promised=4096)
    if fault == "unavailable":
        return Response("upstream timed out", 502)
    if fault == "retry_after":
        return JSONResponse({"message": "slow down"}, 429, {"Retry-After": "7"})
    if fault == "no_result":
        return JSONResponse({"time": {}})
    if fault == "unauthorized":
        return JSONResponse({"error": "expired_token", "error_description": "expired"}, 401)
    if fault in ("retry_later", "call_limit"):
        code = {"call_limit": "api_call_limit_exceeded_for_api_key"}.get(fault, fault)
        return JSONResponse({"error": "Try again later", "code": code, "result": ""})
    return _portal_limit(fault, clock)


def _portal_limit(fault: str, clock: Clock) -> Response:
    now = clock.time()
    if fault.startswith("operation_limit"):
        # The vendor documents unix seconds; samples in the field show ISO text as well.
        unix = int(now) + RESET_SECONDS
        text = datetime.fromtimestamp(unix, UTC).isoformat()
        until = text if fault.endswith("_iso") else unix
        body = {
            "error": "OPERATION_TIME_LIMIT",
            "error_description": "Method is blocked due to operation time limit.",
            "time": {"finish": now, "operating": 480.2, "operating_reset_at": until},
        }
        return JSONResponse(body, 429)
    if fault == "query_limit":
        error, text = "QUERY_LIMIT_EXCEEDED", "Too many requests"
    elif fault == "overload":
        error, text = "OVERLOAD_LIMIT", "REST API is blocked due to overload."
    else:
        raise HTTPException(500, f"{fault} cannot be a whole answer")
    return JSONResponse({"error": error, "error_description": text}, 503)
