"""A card's SQL with the values of filters put in, as Metabase does it.

`[[ … ]]` stays when every tag in it has a value, and goes otherwise. A field filter stands bare and
becomes a condition on its column, written with schema and table: a table under an alias does not
know that name. A required tag without a value takes its default.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from omni_pipeline.dashboards.load import Card, Tag

TAG = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
CLAUSE = re.compile(r"\[\[(.*?)\]\]", re.S)


@dataclass(frozen=True)
class Days:
    """A period, both ends within; None: open on that side."""

    since: date | None = None
    until: date | None = None


Value = str | int | date | Days | Sequence[str]


def tags_in(sql: str) -> set[str]:
    """Names of the tags of a text."""
    return set(TAG.findall(sql))


def filled(card: Card, values: Mapping[str, Value]) -> tuple[str, list[Any]]:
    """The text for psycopg, with `%s` for each value, and the values.

    `values` are by name of a tag; what the card has no tag for is passed over, as Metabase does.
    """
    tags = {tag.name: tag for tag in card.tags}
    given = {name: value for name, value in values.items() if name in tags and _is_given(value)}
    for tag in card.tags:
        if tag.name not in given and tag.required and tag.default not in (None, []):
            given[tag.name] = tag.default

    def clause(found: "re.Match[str]") -> str:
        return found[1] if tags_in(found[1]) <= given.keys() else ""

    kept = CLAUSE.sub(clause, card.sql).replace("%", "%%")
    parameters: list[Any] = []

    def put(found: "re.Match[str]") -> str:
        tag = tags[found[1]]
        if tag.name not in given:
            if tag.type == "dimension":
                return "1 = 1"
            raise ValueError(f"{card.path}: {tag.name} needs a value")
        text, bound = _condition(tag, given[tag.name])
        parameters.extend(bound)
        return text

    return TAG.sub(put, kept), parameters


def _is_given(value: Value) -> bool:
    return value is not None and value != "" and value != Days() and value != []


def _condition(tag: Tag, value: Value) -> tuple[str, list[Any]]:
    if tag.type != "dimension" or tag.column is None:
        return "%s", [value]
    column = ".".join(f'"{part}"' for part in tag.column)
    if isinstance(value, Days):
        parts, bound = [], []
        if value.since:
            parts.append(f"{column} >= %s")
            bound.append(value.since)
        if value.until:
            parts.append(f"{column} < %s")
            bound.append(value.until + timedelta(days=1))
        return " and ".join(parts), bound
    if isinstance(value, str | int | date):
        return f"{column} = %s", [value]
    if len(value) == 1:
        return f"{column} = %s", [value[0]]
    return f"{column} in ({', '.join(['%s'] * len(value))})", list(value)
