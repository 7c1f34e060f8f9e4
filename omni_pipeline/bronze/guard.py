"""The guard around a row on its way in, and what is told of a row that it refuses.

Nothing here knows what a row holds: it may be of any depth, type and size.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import psycopg

from omni_pipeline.values import BadValue

_COLUMN = re.compile(r"column (\w+)")
Given = TypeVar("Given")
Made = TypeVar("Made")


def attempt(convert: Callable[[Given], Made], given: Given) -> Made | Exception:
    """The guard around a row: what `convert` makes of it, or what kept it from being made."""
    try:
        return convert(given)
    except Exception as error:  # noqa: BLE001 - whatever a row raises is that row's own
        return error


def reason_of(error: Exception) -> str:
    """Why a row is refused, in words that hold nothing of the row."""
    if isinstance(error, BadValue):
        return str(error)
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, psycopg.Error):
        # The context of COPY ends with the value; the name of the column stands before it.
        named = _COLUMN.search((error.diag.context or "").split(":")[0])
        where = f"{named[1]}: " if named else ""
        return f"{where}the warehouse cannot hold it ({type(error).__name__})"
    return f"cannot be read ({type(error).__name__})"


def raw_of(value: Any) -> str:
    """A refused row as ASCII JSON, whatever is in it."""
    whole = attempt(_dumped, value)
    if isinstance(whole, str):
        return whole
    if isinstance(value, Mapping):  # one value is at fault; the others are kept
        return (
            "{" + ", ".join(f"{_part(name)}: {_part(part)}" for name, part in value.items()) + "}"
        )
    return _part(value)


def _part(value: Any) -> str:
    for form in (_dumped, lambda value: json.dumps(repr(value))):
        told = attempt(form, value)
        if isinstance(told, str):
            return told
    return json.dumps(f"a {type(value).__name__} that cannot be shown")


def _dumped(value: Any) -> str:
    return json.dumps(value, default=_other)


def _other(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else repr(value)
