"""Calls of REST APIs: `session.py` asks, `answer.py` reads what comes back."""

from omni_pipeline.api.answer import MAX_BODY, Answer, Judge, Retry, accept
from omni_pipeline.api.session import (
    ATTEMPTS,
    LONGEST_WAIT,
    REQUEST_SECONDS,
    SOURCE_WAIT_SECONDS,
    HttpSession,
)

__all__ = [
    "ATTEMPTS",
    "LONGEST_WAIT",
    "MAX_BODY",
    "REQUEST_SECONDS",
    "SOURCE_WAIT_SECONDS",
    "Answer",
    "HttpSession",
    "Judge",
    "Retry",
    "accept",
]
