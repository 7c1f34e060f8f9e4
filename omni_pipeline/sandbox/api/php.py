"""Query strings as PHP reads them, and results of earlier commands put into later ones."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

_REFERENCE = re.compile(r"^\$result((?:\[[^\]]+\])+)$")


def parse(query: str) -> dict[str, Any]:
    """'a[b]=1&c[]=2' as {'a': {'b': '1'}, 'c': ['2']}."""
    result: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        head, _, rest = name.partition("[")
        path = [head, *rest.removesuffix("]").split("][")] if rest else [head]
        _put(result, path, value)
    return result


def _put(target: dict[str, Any], path: list[str], value: str) -> None:
    *folders, last = path
    if last == "" and folders:
        for folder in folders[:-1]:
            target = target.setdefault(folder, {})
        target.setdefault(folders[-1], []).append(value)
        return
    for folder in folders:
        target = target.setdefault(folder, {})
    target[last] = value


def resolve(value: Any, results: Mapping[str, Any]) -> Any:
    """`value` with every '$result[c0][49][ID]' replaced; what cannot be found becomes empty."""
    if isinstance(value, dict):
        return {key: resolve(inner, results) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, results) for inner in value]
    match = _REFERENCE.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    found: Any = results
    for step in match.group(1)[1:-1].split("]["):
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            found = found.get(step, "") if isinstance(found, dict) else ""
    return found
