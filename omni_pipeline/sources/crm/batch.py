"""Bitrix24 `batch`: up to 50 list commands in one request, each starting where the former ended.

Belongs here: writing the commands and reading the answer, without HTTP. Traps of the format:
- a command refers to the last id of the former page; after a short page the reference is empty
  and the command lists everything from the start, so pages after a short one mean nothing;
- PHP writes an empty map as `[]`, and errors may come as a list that has lost command names;
- errors of single commands come inside an HTTP 200.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from omni_pipeline.values import BIGINT_MAX

PAGE = 50  # rows; fixed by the portal
COMMANDS = 50  # the portal's limit for one batch
WRAPPERS = ("items", "categories")  # under which newer methods put their rows


@dataclass(frozen=True)
class Listing:
    """One list method paged by id; `items` is set where rows are wrapped in `result.items`."""

    method: str
    clock: str
    select: tuple[str, ...] = ()
    items: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


def commands(
    listing: Listing, condition: Mapping[str, str], after: int, count: int
) -> dict[str, str]:
    """`count` chained commands `c0`, `c1` … that read on after the id `after`."""
    path = "[items][49][ID]" if listing.items else "[49][ID]"
    result = {}
    for number in range(count):
        last = str(after) if number == 0 else f"$result[c{number - 1}]{path}"
        query = {
            **listing.parameters,
            "order": {"ID": "ASC"},
            "filter": {**condition, ">ID": last},
            "select": list(listing.select),
            # Minus one turns counting off: 0.1 s a page instead of 50 s on millions of rows.
            "start": -1,
        }
        result[f"c{number}"] = f"{listing.method}?{urlencode(list(_php_pairs(query)))}"
    return result


def pages(answer: Mapping[str, Any]) -> list[list[Any]]:
    """Pages of the commands that ran, in order, up to the first one that is missing."""
    results = _by_command(_inner(answer).get("result"))
    found = []
    for number in range(COMMANDS):
        if f"c{number}" not in results:
            break
        found.append(rows(results[f"c{number}"]))
    return found


def each(answer: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Results and errors of commands that do not depend on each other, by name."""
    inner = _inner(answer)
    return _by_command(inner.get("result")), _by_command(inner.get("result_error"))


class NoList(ValueError):
    """An answer that holds no list of rows."""


def rows(page: Any) -> list[Any]:
    """Rows of one list answer, which need not be objects; raises NoList.

    PHP turns a list with gaps into a map and an empty map into [].
    """
    if isinstance(page, dict):
        page = next((page[name] for name in WRAPPERS if name in page), page)
    if page and not isinstance(page, dict | list):
        raise NoList("an answer that is no list")
    return list(page.values()) if isinstance(page, dict) else list(page or [])


def id_of(item: Any) -> int | None:
    """The id of a row, or None for one that nobody can place."""
    told = item.get("ID", item.get("id")) if isinstance(item, Mapping) else None
    try:
        found = int(told) if isinstance(told, str | int) and not isinstance(told, bool) else 0
    except ValueError:
        return None
    return found if 0 < found <= BIGINT_MAX else None


def first_error(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The error of the first command that failed."""
    errors = _by_command(_inner(answer).get("result_error"))
    for error in errors.values():
        return error if isinstance(error, dict) else {"error": str(error)}
    return None


def first_pages(answer: Mapping[str, Any], names: Iterable[str]) -> dict[str, str | None]:
    """Of each command by its name: None if it has rows, '' if none, else the error in words."""
    results = _by_command(_inner(answer).get("result"))
    errors = _by_command(_inner(answer).get("result_error"))
    anyone = first_error(answer) or {}
    found: dict[str, str | None] = {}
    for name in names:
        if name in results:
            found[name] = None if rows(results[name]) else ""
            continue
        error = errors.get(name, anyone)  # a list of errors has lost the names of its commands
        told = error if isinstance(error, dict) else {"error": error}
        words = f"{told.get('error') or 'no answer'} {told.get('error_description') or ''}"
        found[name] = " ".join(words.split())
    return found


def resets(answer: Mapping[str, Any]) -> list[Any]:
    """`operating_reset_at` of every time block in the answer, as the portal wrote them."""
    blocks = [answer.get("time"), *_by_command(_inner(answer).get("result_time")).values()]
    found = [block.get("operating_reset_at") for block in blocks if isinstance(block, dict)]
    return [reset for reset in found if reset]


def _inner(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    result = answer.get("result")
    return result if isinstance(result, dict) else {}


def _by_command(part: Any) -> dict[str, Any]:
    if isinstance(part, list):
        return {f"c{number}": value for number, value in enumerate(part)}
    return part if isinstance(part, dict) else {}


def _php_pairs(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _php_pairs(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _php_pairs(inner, f"{name}[]")
    else:
        yield name, str(value)
