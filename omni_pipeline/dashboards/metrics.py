"""Formulae of the metrics, from dbt_project/models/metrics, and whether a card's column has one.

A column named as a metric must be its formula over the mart that the card reads: the sum of the
measure's expression where it is defined, `sum(name)` in other marts that have the column, else the
parts of a ratio or of a derived metric, each likewise. Ratios are of sums:
`1.0 * sum(a) / nullif(sum(b), 0)`.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import sqlglot
import yaml
from sqlglot import exp

from omni_pipeline.warehouse.project import FOLDER, variables

# Facts, whose columns are no metrics by their names alone.
FACTS = ("fct_conversion", "fct_touch")


@dataclass(frozen=True)
class Metrics:
    """Metrics and measures by name."""

    metrics: Mapping[str, Mapping[str, Any]]
    measures: Mapping[str, Mapping[str, Any]]

    def unit(self, name: str) -> str:
        """count, kopecks, share, ratio or days."""
        return str(self.metrics[name]["config"]["meta"]["unit"])

    def formula(self, name: str, mart: str, columns: Set[str]) -> str | None:
        """SQL of the metric over a mart with these columns; None when it cannot be told there."""
        metric = self.metrics[name]
        about = metric["type_params"]
        if metric["type"] == "simple":
            return self._simple(self.measures[about["measure"]], mart, columns)
        if metric["type"] == "ratio":
            above = self.formula(about["numerator"], mart, columns)
            below = self.formula(about["denominator"], mart, columns)
            return f"1.0 * {above} / nullif({below}, 0)" if above and below else None
        parts = {of["name"]: self.formula(of["name"], mart, columns) for of in about["metrics"]}
        if None in parts.values():
            return None
        return re.sub(r"[a-z]\w+", lambda word: parts.get(word[0]) or word[0], about["expr"])

    def _simple(self, measure: Mapping[str, Any], mart: str, columns: Set[str]) -> str | None:
        name, expression = measure["name"], str(measure["expr"])
        # Where the measure is defined, a column of its name is the fact, paid or not.
        own = measure["model"] == f"ref('{mart}')"
        if measure["agg"] == "sum" and name in columns and not own and mart not in FACTS:
            return f"sum({name})"
        if "{{" in expression:  # the one variable that measures read
            listed = "', '".join(variables()["junk_lead_statuses"])
            expression = re.sub(r"'\{\{.*?\}\}'", f"'{listed}'", expression)
        read = {column.name for column in sqlglot.parse_one(expression).find_all(exp.Column)}
        if not read or not read <= columns:
            return None
        return f"count(distinct {expression})" if measure["agg"] != "sum" else f"sum({expression})"


def read_metrics() -> Metrics:
    """As the project of dbt defines them."""
    metrics: dict[str, Any] = {}
    measures: dict[str, Any] = {}
    for path in sorted((FOLDER / "models" / "metrics").glob("_*__metrics.yml")):
        said = yaml.safe_load(path.read_text())
        metrics |= {metric["name"]: metric for metric in said["metrics"]}
        for model in said["semantic_models"]:
            for measure in model["measures"]:
                measures[measure["name"]] = measure | {"model": model["model"]}
    return Metrics(metrics, measures)


def same(one: exp.Expression, other: str) -> bool:
    """Whether an expression is that SQL, brackets, case and names of tables apart."""
    return _plain(one) == _plain(sqlglot.parse_one(other, read="postgres"))


def _plain(expression: Any) -> str:
    def step(node: Any) -> Any:
        if isinstance(node, exp.Column):
            return exp.column(node.name)
        return node

    text: str = expression.copy().transform(step).sql("postgres", normalize=True)
    bare: str = sqlglot.parse_one(text, read="postgres").sql("postgres")
    return bare
