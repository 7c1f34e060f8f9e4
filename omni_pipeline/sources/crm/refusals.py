"""What Bitrix24's error answers mean: wait and ask again, or tell the user what to change.

| answer | meaning |
| --- | --- |
| 503 QUERY_LIMIT_EXCEEDED | too many calls a second: slow down, ask again |
| 429 OPERATION_TIME_LIMIT | the method used up its ten-minute budget: wait until it is reset |
| 503 OVERLOAD_LIMIT | blocked by the vendor by hand: asking again makes it worse |
| 401, 403, …ACCESS…, …SCOPE… | the webhook is gone or has too few rights: NoRight |
| ERROR_METHOD_NOT_FOUND | an older portal has no such list: NoRight as well |
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from omni_pipeline.api.answer import Answer, Retry
from omni_pipeline.api.session import HttpSession
from omni_pipeline.errors import NoRight
from omni_pipeline.sources.crm import batch

UNKNOWN_RESET = 60.0  # seconds; the portal counts its ten minutes in steps of one
_TRANSIENT = {"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"}
_RIGHTS = ("ACCESS", "SCOPE", "CREDENTIALS", "AUTH")


def judge(http: HttpSession, method: str, is_batch: bool, answer: Answer) -> None:
    """Raise Retry or SourceError for an answer that is not a result; `method` goes into both."""
    fields = answer.fields
    if "error" in fields:
        _judge_error(http, method, fields, answer)
    elif answer.status == 200 and answer.is_json and "result" not in fields:
        raise Retry(f"{method}: an answer without a result")
    elif answer.status == 200 and answer.is_json and is_batch:
        try:
            found = batch.pages(fields)
        except batch.NoList as reason:
            raise http.refuse(f"{method}: {reason}") from None
        if not found:
            # Pages before a failed command are good; its error is met again by the next batch.
            error = batch.first_error(fields) or {"error": "ERROR_UNEXPECTED_ANSWER"}
            _judge_error(http, method, error, answer)


def judge_each(http: HttpSession, method: str, answer: Answer) -> None:
    """The same of a batch whose commands stand alone; what is gone in the meantime is no error."""
    judge(http, method, False, answer)
    _, errors = batch.each(answer.fields)
    for told in errors.values():
        error = told if isinstance(told, dict) else {"error": str(told)}
        if not is_gone(error):
            _judge_error(http, method, error, answer)


def is_gone(error: Mapping[str, Any]) -> bool:
    """Whether a command was about a row that the portal no longer has."""
    code = str(error.get("error") or "").upper()
    said = str(error.get("error_description") or "").lower()
    return code == "NOT_FOUND" or (code != "ERROR_METHOD_NOT_FOUND" and "not found" in said)


def _judge_error(http: HttpSession, method: str, error: Mapping[str, Any], answer: Answer) -> None:
    code = str(error.get("error") or "").upper()
    said = f"{method}: {code or 'error'} {error.get('error_description') or ''}".strip()
    status = answer.status
    if code == "OPERATION_TIME_LIMIT":
        raise Retry(said, until_reset(answer.fields, http.clock.time()))
    if code == "QUERY_LIMIT_EXCEEDED":
        raise Retry(said, throttled=True)
    if code == "OVERLOAD_LIMIT":
        raise http.refuse(f"{said}; the portal has blocked REST by hand, ask Bitrix24 support")
    if code in _TRANSIENT or (status >= 500 and code != "PORTAL_DELETED"):
        raise Retry(said)
    if status in (401, 403) or any(word in code for word in _RIGHTS):
        scope = "user" if method.startswith("user.") else "crm"
        raise _no_right(
            http,
            f"the portal refuses the webhook ({said}); check that it exists, has the scope "
            f"{scope}, and that its user may read the CRM",
        )
    if code == "ERROR_METHOD_NOT_FOUND":
        raise _no_right(http, f"the portal refuses {said}")
    raise http.refuse(f"the portal refuses {said}")


def _no_right(http: HttpSession, reason: str) -> NoRight:
    refusal = http.refuse(reason)
    return NoRight(refusal.variable, refusal.reason)


def until_reset(answer: Mapping[str, Any], now: float) -> float:
    """Seconds until the time budget is free again, by the portal's clock if the answer has it."""
    block = answer.get("time")
    finish = _unix(block.get("finish")) if isinstance(block, dict) else None
    moments = [moment for moment in map(_unix, batch.resets(answer)) if moment]
    if not moments:
        return UNKNOWN_RESET
    return max(1.0, max(moments) - (finish or now) + 1.0)


def _unix(moment: Any) -> float | None:
    """Unix seconds of a time that portals write as a number or as ISO text."""
    try:
        return float(moment)
    except (TypeError, ValueError):
        text = str(moment)
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
