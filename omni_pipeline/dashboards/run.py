"""Every card asked of a warehouse, with filters empty and filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from omni_pipeline.dashboards.load import Card, Tree
from omni_pipeline.dashboards.shape import parse
from omni_pipeline.dashboards.sql import Days, Value, filled

# What each widget is filled with; two values, because one and several are different SQL.
NOBODY = "00000000-0000-0000-0000-000000000000"
FILLED: Mapping[str | None, Value] = {
    "date/all-options": Days(date(2020, 1, 1), date(2020, 12, 31)),
    "date/range": Days(date(2020, 1, 1), date(2020, 12, 31)),
    "string/=": (NOBODY, "11111111-1111-1111-1111-111111111111"),
}


@dataclass(frozen=True)
class Failure:
    """A card that the warehouse refused, or that gave other columns than it shows."""

    path: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}.yaml: {self.name}: {self.reason}"


def run(connection: "psycopg.Connection[Any]", tree: Tree) -> list[Failure]:
    """Ask each card, by the rights of the connection; what failed."""
    found = []
    for card in tree.cards:
        full = {tag.name: FILLED[tag.widget_type] for tag in card.tags if tag.widget_type in FILLED}
        for how, values in (("empty", {}), ("filled", full)):
            if reason := _ask(connection, card, values):
                found.append(Failure(card.path, card.title.en, f"filters {how}: {reason}"))
    return found


def _ask(
    connection: "psycopg.Connection[Any]", card: Card, values: Mapping[str, Value]
) -> str | None:
    text, parameters = filled(card, values)
    try:
        with connection.transaction():
            cursor = connection.execute(text.encode(), parameters)
            given = [column.name for column in cursor.description or []]
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    if given != (shown := list(parse(card).outputs)):
        return f"gives {given}, its SQL says {shown}"
    return None
