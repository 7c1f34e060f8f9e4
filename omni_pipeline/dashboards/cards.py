"""What the checker looks at in one card: its chart, its tags, its SQL, its metrics."""

from collections.abc import Iterator

from sqlglot import exp

from omni_pipeline.dashboards.load import Card
from omni_pipeline.dashboards.metrics import Metrics, same
from omni_pipeline.dashboards.shape import MADE_BY_PYTHON, Shape, marts, parse
from omni_pipeline.dashboards.sql import tags_in

DATABASE, SCHEMA = "Warehouse", "marts"
DISPLAYS = {
    "table", "bar", "line", "area", "row", "pie", "scalar", "smartscalar", "combo", "pivot",
    "funnel", "scatter", "waterfall", "progress", "gauge",
}  # fmt: skip
TAG_TYPES = {"dimension", "text", "number", "date", "boolean"}
WIDGETS = {"string/=", "string/contains", "number/=", "date/all-options", "date/range", "boolean/="}
# A mart with these columns holds each sale once for each value: without a choice, sums are wrong.
CHOICES = ("model_id", "basis")


def columns(card: Card) -> set[str]:
    """Names of the card's columns; none when its SQL cannot be read."""
    try:
        return set(parse(card).outputs)
    except ValueError:
        return set()


def look(card: Card, metrics: Metrics) -> Iterator[tuple[str, str]]:
    """Faults of the card: code and reason."""
    if card.display not in DISPLAYS:
        yield "display", f"display {card.display} is unknown"
    if card.raw["dataset_query"].get("database") != DATABASE:
        yield "database", f"reads another database than {DATABASE}"
    yield from _tags(card)
    try:
        shape = parse(card)
    except ValueError as error:
        yield "sql", str(error)
        return
    known = True
    for schema, name, alias in shape.tables:
        if schema != SCHEMA or (name not in marts() and name not in MADE_BY_PYTHON):
            known = False
            yield "table", f"there is no mart {schema}.{name}"
        elif alias and alias != name and any(tag.type == "dimension" for tag in card.tags):
            yield "alias", f"{name} as {alias}: field filters name {schema}.{name}"
    if len(shape.tables) != 1:
        yield "sql", "reads several marts: make one view of them"
    elif known:
        yield from _mart(card, shape, metrics)


def _tags(card: Card) -> Iterator[tuple[str, str]]:
    declared = {tag.name for tag in card.tags}
    if wrong := declared ^ tags_in(card.sql):
        yield "tag", f"tags {', '.join(sorted(wrong))} are declared or used, not both"
    for tag in card.tags:
        if tag.type not in TAG_TYPES:
            yield "tag-type", f"tag {tag.name} has the type {tag.type}"
        if tag.type != "dimension":
            continue
        if tag.widget_type not in WIDGETS:
            yield "widget", f"tag {tag.name} has the widget {tag.widget_type}"
        if tag.column is None:
            yield "tag", f"tag {tag.name} names no column"
        elif tag.column[0] != SCHEMA or (
            tag.column[1] not in MADE_BY_PYTHON
            and tag.column[2] not in marts().get(tag.column[1], ())
        ):
            yield "column", f"tag {tag.name}: there is no {'.'.join(tag.column)}"


def _mart(card: Card, shape: Shape, metrics: Metrics) -> Iterator[tuple[str, str]]:
    name = shape.tables[0][1]
    if name in MADE_BY_PYTHON:
        return
    own = marts()[name]
    for tag in card.tags:
        if tag.column and tag.column[1] != name:
            yield "column", f"tag {tag.name} is of {tag.column[1]}, which the card does not read"
    for output, expression in shape.outputs.items():
        for column in expression.find_all(exp.Column):
            if column.name not in own:
                yield "column", f"{output} reads {name}.{column.name}, which is none"
        for called in expression.find_all(exp.Anonymous):
            yield "aggregate", f"{output} calls {called.name}, which is unknown"
    required = {t.column[2] for t in card.tags if t.column and t.required and t.default}
    for choice in CHOICES:
        if choice in own and choice not in required and choice not in shape.grouped:
            yield "choice", f"{name} holds each sale once per {choice}: filter by it, or group"
    for shown in (*card.dimensions, *card.metrics):
        if shown not in shape.outputs:
            yield "graph", f"shows {shown}, which is no column of its SQL"
    yield from _metrics(card, shape, own, metrics)


def _metrics(
    card: Card, shape: Shape, own: frozenset[str], metrics: Metrics
) -> Iterator[tuple[str, str]]:
    name = shape.tables[0][1]
    for output, expression in shape.outputs.items():
        if output not in metrics.metrics:
            summed = expression.find(exp.AggFunc) is not None
            if (summed or output in card.metrics) and output not in own:
                yield "metric", f"{output} is no metric of models/metrics"
            continue
        formula = metrics.formula(output, name, own)
        bare = isinstance(expression, exp.Column) and not shape.grouped
        if bare and expression.name == output:
            continue  # a row of the mart as it is
        if formula is None or not same(expression, formula):
            yield "formula", f"{output} is {expression.sql('postgres')}, the metric {formula}"
