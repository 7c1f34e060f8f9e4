"""What is behind a figure: a row of bl_omni_stats, or a channel's day in channel_performance_daily.

Reads marts alone: `bl_omni_stats_facts` and `explain_day`, which are made of the texts that make
the figures. Adds up what they give and lays it beside what the mart says. Money is in kopecks of
the base currency, times are shown in UTC.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from tabulate import tabulate

Row = dict[str, Any]
Number = int | Decimal | None
SHOWN = 20  # facts of a kind in text, without --all
MADE = "select to_regclass('marts.bl_omni_stats_facts'), to_regproc('marts.explain_day')"
CELLS = (
    '`omni sql "select cell_id, channel, source, campaign from marts.bl_omni_stats '
    "where hour_utc = '2026-11-20 10:00+00'\"` lists those of an hour"
)
CELL = "select * from marts.bl_omni_stats where cell_id = %s"
FACTS = "select * from marts.bl_omni_stats_facts where cell_id = %s order by fact, at, fact_id"
DAY = "select * from marts.explain_day(%s, %s, %s, %s, %s)"
PERFORMANCE = """
    select * from marts.channel_performance_daily
    where local_date = %s and model_id = %s and basis = %s
"""
MODELS = "select model_id from marts.attribution_model order by model_id"
DAYS = """
    select min(local_date), max(local_date) from marts.channel_performance_daily
    where model_id = %s and basis = %s
"""
# What the facts of a day add up to; of the ratios beside them each is one of two of these.
MEASURES = (
    "impressions", "clicks", "spend_kopecks", "spend_vat_kopecks", "sessions", "leads",
    "leads_junk", "leads_qualified", "orders_placed", "orders_paid", "purchases", "new_buyers",
    "revenue_kopecks", "revenue_with_margin_kopecks", "margin_kopecks",
)  # fmt: skip
PLACE = ("hour_utc", "brand", "region", "channel", "source", "campaign")
FORMER = ("orders", "new_customers")  # names of the last release, which say the same again


class UnknownFigure(Exception):
    """What was asked for is no figure of the marts; the message says how to find one."""


@dataclass(frozen=True)
class Measure:
    """What the facts add up to, and what the mart says."""

    behind: Number
    stands: Number


@dataclass(frozen=True)
class Figure:
    """A row, or several summed up, of a mart, and the facts behind it."""

    mart: str
    of: Row
    measures: dict[str, Measure]
    facts: tuple[Row, ...]

    @property
    def adds_up(self) -> bool:
        return all(measure.behind == measure.stands for measure in self.measures.values())


def explain_cell(connection: psycopg.Connection[Any], written: str) -> Figure:
    """The facts behind one row of bl_omni_stats; raises UnknownFigure."""
    _require_marts(connection)
    try:
        cell_id = UUID(written)
    except ValueError:
        raise UnknownFigure(f"{written!r} is no cell_id; {CELLS}") from None
    found = _rows(connection, CELL, cell_id)
    if not found:
        raise UnknownFigure(f"bl_omni_stats has no row {cell_id}; {CELLS}")
    (row,) = found
    facts = _rows(connection, FACTS, cell_id)
    measures = {
        name: Measure(_sum(facts, name), stands)
        for name, stands in row.items()
        if name not in ("cell_id", "customers", *PLACE, *FORMER)
    }
    customers = {fact["customer_uuid"] for fact in facts} - {None}
    measures["customers"] = Measure(len(customers), row["customers"])
    for fact in facts:
        for name in ("cell_id", *PLACE):
            del fact[name]
    of = {name: row[name] for name in ("cell_id", *PLACE)}
    return Figure("bl_omni_stats", of, measures, tuple(facts))


def explain_day(
    connection: psycopg.Connection[Any],
    day: date,
    channel: str,
    model: str,
    basis: str,
    brand: str | None = None,
) -> Figure:
    """The facts behind a channel's day in channel_performance_daily; raises UnknownFigure."""
    _require_marts(connection)
    models = [row["model_id"] for row in _rows(connection, MODELS)]
    if model not in models:
        raise UnknownFigure(f"there is no model {model!r}; known are {', '.join(models)}")
    rows = _rows(connection, PERFORMANCE, day, model, basis)
    if not rows:
        ((first, last),) = (r.values() for r in _rows(connection, DAYS, model, basis))
        raise UnknownFigure(f"nothing stands on {day}; the days go from {first} to {last}")
    rows = _chosen(rows, "channel", channel, f"on {day}")
    brands = sorted({row["brand"] for row in rows})
    if brand is None and len(brands) > 1:
        raise UnknownFigure(f"{channel} has several brands: choose --brand {' or '.join(brands)}")
    rows = _chosen(rows, "brand", brand or brands[0], f"in {channel} on {day}")
    of = {
        "local_date": day,
        "channel": channel,
        "model_id": model,
        "basis": basis,
        "brand": brand or brands[0],
    }
    facts = _rows(connection, DAY, day, channel, model, basis, of["brand"])
    measures = {name: Measure(_sum(facts, name), _sum(rows, name)) for name in MEASURES}
    return Figure("channel_performance_daily", of, measures, tuple(facts))


def _chosen(rows: list[Row], column: str, value: str, where: str) -> list[Row]:
    """Rows with the value; raises UnknownFigure with those there are."""
    chosen = [row for row in rows if row[column] == value]
    if not chosen:
        known = ", ".join(sorted({row[column] for row in rows}))
        raise UnknownFigure(f"there is no {column} {value!r} {where}; there are {known}")
    return chosen


def _require_marts(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(MADE).fetchone()
    if row is None or None in row:
        raise UnknownFigure("the warehouse has no marts to explain yet; run `omni run` first")


def _rows(connection: psycopg.Connection[Any], query: str, *values: object) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()


def _sum(rows: Sequence[Row], name: str) -> Number:
    """The sum of what is known; None when nothing is."""
    known = [row[name] for row in rows if row[name] is not None]
    return sum(known) if known else None


def as_json(figure: Figure) -> str:
    """The figure as one JSON object; times are ISO 8601 in UTC."""
    return json.dumps(asdict(figure), default=_plain, ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def in_words(figure: Figure, shown: int | None = SHOWN) -> str:
    """The figure as lines for a person, with so many facts of each kind; None: all."""
    return "\n".join(_lines(figure, shown))


def _lines(figure: Figure, shown: int | None) -> Iterator[str]:
    of = dict(figure.of)
    if "hour_utc" in of:
        of["hour_utc"] = f"{of['hour_utc'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    yield f"marts.{figure.mart}: {', '.join(f'{name} {value}' for name, value in of.items())}"
    kinds = Counter(fact["fact"] for fact in figure.facts)
    for kind, count in kinds.items():
        listed = [fact for fact in figure.facts if fact["fact"] == kind][:shown]
        yield ""
        yield _table(kind, listed, list(figure.measures))
        if count > len(listed):
            yield f"and {count - len(listed)} more (--all)"
    yield ""
    yield tabulate(
        [
            (name.removesuffix("_kopecks"), _said(name, one.behind), _said(name, one.stands))
            for name, one in figure.measures.items()
            if one.behind or one.stands
        ],
        headers=["", f"sum of {len(figure.facts)}", "in the mart"],
        disable_numparse=True,
        colalign=("left", "right", "right"),
    )
    yield (
        "Every measure adds up."
        if figure.adds_up
        else "It does not add up: a run may be publishing. Ask again when it has ended."
    )


def _table(kind: str, facts: Sequence[Row], measures: Sequence[str]) -> str:
    """Facts of one kind, without columns that all of them leave empty."""
    columns = {
        "time (UTC)": [
            fact["at"] and f"{fact['at'].astimezone(UTC):%Y-%m-%d %H:%M:%S}" for fact in facts
        ],
        kind: [fact["fact_id"] for fact in facts],
        "by touch": [fact.get("touch_id") for fact in facts],
        "share": [fact.get("share") and f"{fact['share']:.1%}" for fact in facts],
        "customer": [fact.get("customer_uuid") for fact in facts],
        "region": [fact.get("region") for fact in facts],
        "source / campaign": [
            f"{fact['source']} / {fact['campaign']}" if "source" in fact else None for fact in facts
        ],
        "adds": [
            ", ".join(
                f"{name.removesuffix('_kopecks')} {_said(name, fact[name])}"
                for name in measures
                if fact.get(name)
            )
            for fact in facts
        ],
    }
    told = {name: values for name, values in columns.items() if any(values) or name == "adds"}
    rows = list(zip(*told.values(), strict=True))
    return tabulate(rows, headers=list(told), disable_numparse=True)


def _said(name: str, value: Number) -> str:
    """A number as it is written; money in units."""
    if value is None:
        return "unknown"
    if name.endswith("_kopecks"):
        units, rest = divmod(abs(int(value)), 100)
        return f"{'-' if value < 0 else ''}{units}.{rest:02d}"
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else str(value)
