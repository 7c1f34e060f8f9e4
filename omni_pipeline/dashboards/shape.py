"""What a card's SQL is made of: its mart, its columns, what it groups by. Read by sqlglot.

The shape is one SELECT over one mart, named with its schema and without an alias.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlglot
import yaml
from sqlglot import exp

from omni_pipeline.dashboards.load import Card
from omni_pipeline.dashboards.sql import CLAUSE, TAG
from omni_pipeline.warehouse.project import FOLDER

# Tables of `marts` that no dbt model makes, and their columns where cards read them.
MADE_BY_PYTHON = ("datadriven_channel",)


@dataclass(frozen=True)
class Shape:
    """A parsed card."""

    tables: tuple[tuple[str, str, str], ...]  # schema, name, alias
    outputs: dict[str, exp.Expression]
    grouped: tuple[str, ...]


def parse(card: Card) -> Shape:
    """Raises ValueError when the SQL cannot be read, or is no single SELECT."""
    bare = CLAUSE.sub("", card.sql)
    text = TAG.sub("true", bare)
    try:
        (read,) = sqlglot.parse(text, read="postgres")
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        raise ValueError(f"its SQL cannot be read: {str(error).splitlines()[0]}") from None
    if not isinstance(read, exp.Select):
        raise ValueError("its SQL is no single SELECT")
    inner = {cte.alias for cte in read.find_all(exp.CTE)}
    tables = tuple(
        (table.db, table.name, table.alias)
        for table in read.find_all(exp.Table)
        if table.name not in inner
    )
    outputs: dict[str, Any] = {one.alias_or_name: one.unalias() for one in read.selects}
    group = read.args.get("group")
    grouped = tuple(one.sql("postgres") for one in group.expressions) if group else ()
    return Shape(tables, outputs, grouped)


@cache
def marts() -> dict[str, frozenset[str]]:
    """Columns of each published model, as its contract says."""
    found: dict[str, frozenset[str]] = {}
    for path in (FOLDER / "models").rglob("_*__models.yml"):
        for model in yaml.safe_load(path.read_text()).get("models") or []:
            columns = frozenset(column["name"] for column in model.get("columns") or [])
            if columns and not re.match(r"(int|stg)_", model["name"]):
                found[model["name"]] = columns
    return found
