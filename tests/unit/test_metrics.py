"""Every number that a mart shows is a metric, defined once in models/metrics, or is listed here.

A new mart's measure takes the name of its metric, or brings a metric of its own into
models/metrics; a number that measures nothing (an id, a place in a row) is a line of NOT_METRICS.
A name of the last release stays with a description that begins "Deprecated: ".
"""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot import exp

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
NUMBER = re.compile(r"(small|big)?int(eger)?$|numeric|double|real|float")
# Folders of models that are published, beside the facts that are.
FOLDERS, FACTS = ("marts", "identity/customers"), ("fct_conversion", "fct_touch")
KEY = re.compile(r"(^|_)(id|seq|no)$")  # numbers that name something
ONE_FACT = "a fact of its own row, of which a metric is the sum"
ABOUT_ONE = "says how many identifiers or links one customer has"
RULE = "a number of a rule"
QUANTILE = "a quantile of what lies behind the row, which does not add up"
NOT_METRICS = {
    "fct_conversion": {
        "received_kopecks": ONE_FACT, "refund_kopecks": ONE_FACT,
        "rate": "exchange rate",
    },
    "fct_touch": {
        "source_priority": "order of touches of one moment", "wait_seconds": ONE_FACT,
    },
    "fct_attribution": {
        "position": "place on the path", "path_length": "touches on the path",
        "weight": "share of one touch", "share_ppm": "share of one touch",
        "credit_kopecks": "part of revenue_kopecks",
    },
    "fct_attribution_daily": {"entries": "credits behind the row, which is gone without any"},
    "order_path": {
        "weight": "share of one touch", "credit_kopecks": "part of revenue_kopecks",
        "links": "hops between identifiers",
    },
    "channel_performance_costs": {"net_kopecks": ONE_FACT, "vat_kopecks": ONE_FACT},
    "attribution_model": dict.fromkeys(
        ("lookback_days", "half_life_days", "first_share", "last_share"), RULE
    ),
    "channel_rule": {"priority": RULE},
    "conversion_identifier": {"place": "place among the identifiers of a conversion"},
    "conversion_quarantine": {"amount": "as given, in a currency of its own"},
    "data_quality_daily": dict.fromkeys(
        ("value", "total", "share", "target"), "of the check that the row names"
    ),
    "spend_quarantine": {"amount": "as given, in a currency of its own"},
    "bl_customer_profile": dict.fromkeys(
        ("identifier_count", "user_count", "fuser_count", "card_count", "contact_count",
         "email_count", "lead_count", "phone_count"), ABOUT_ONE,
    ),
    "customer_identifier": {"observations": ABOUT_ONE},
    "deal": {
        "amount": "as given, in a currency of its own", "amount_kopecks": ONE_FACT,
        "days_open": ONE_FACT, "days_stalled": ONE_FACT,
    },
    "lead": {
        "amount": "as given, in a currency of its own", "amount_kopecks": ONE_FACT,
        "days_open": ONE_FACT, "first_response_seconds": ONE_FACT,
        "first_response_work_seconds": ONE_FACT,
    },
    "deal_stage_event": {"seconds": ONE_FACT, "stage_order": "place among the stages"},
    "funnel_monthly": {
        "stage_order": "place among the stages", "median_seconds": QUANTILE,
        "p90_seconds": QUANTILE,
    },
    "lost_reasons": {"amount_kopecks": "what the lost deals were hoped to bring"},
    "manager_daily": {"median_first_response_seconds": QUANTILE},
    "calls_by_number": {"unique_callers": "different phones, which do not add up over rows"},
    "customer_value": {
        **dict.fromkeys(("recency_score", "frequency_score", "monetary_score"), "a rank, 1 to 5"),
        **dict.fromkeys(
            ("purchase_days", "mean_gap_days", "median_gap_days", "recency_days", "churn_risk",
             "purchases_365d", "revenue_365d_kopecks"), "says of one customer how they buy",
        ),
    },
    "deal_item": dict.fromkeys(
        ("quantity", "price_kopecks", "deal_discount_kopecks", "amount_kopecks"),
        "what a deal is hoped to bring, by row",
    ),
    "order_item": {
        "quantity": ONE_FACT, "price_kopecks": ONE_FACT, "vat_rate": "rate of the line",
    },
    "product_daily": dict.fromkeys(
        ("in_orders_placed", "in_orders_paid", "in_orders_cancelled", "in_orders_refunded"),
        "orders that hold the product, which do not add up over products",
    ),
    "cohort_monthly": {"months_since": "age of the cohort"},
    "b_sale_order": dict.fromkeys(
        ("price", "price_delivery", "discount_value", "tax_value", "sum_paid"),
        "as the shop wrote it, in the currency of the order",
    ),
    "shared_identifier": {"max_distinct": RULE, "neighbours": ABOUT_ONE},
}  # fmt: skip
UNITS = {"count", "kopecks", "share", "ratio", "days"}


def _read(key: str, pattern: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted(MODELS.rglob(pattern)):
        for entry in yaml.safe_load(path.read_text()).get(key) or []:
            found.append(entry | {"path": path.relative_to(MODELS).as_posix()})
    return found


METRICS = {metric["name"]: metric for metric in _read("metrics", "_*__metrics.yml")}
SEMANTIC = list(_read("semantic_models", "_*__metrics.yml"))
MEASURES = {measure["name"]: measure for model in SEMANTIC for measure in model["measures"]}
COLUMNS = {model["name"]: model.get("columns", []) for model in _read("models", "_*__models.yml")}
PUBLISHED = [
    model
    for model in _read("models", "_*__models.yml")
    if model["path"].startswith(FOLDERS) or model["name"] in FACTS
]


def _numbers(model: dict[str, Any]) -> dict[str, str]:
    """Columns that hold one number, and what is said of them."""
    return {
        column["name"]: column.get("description", "")
        for column in model.get("columns") or []
        if NUMBER.match(column.get("data_type", "")) and not KEY.search(column["name"])
    }


@pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: str(model["name"]))
def test_every_number_is_a_metric(model: dict[str, Any]) -> None:
    listed = NOT_METRICS.get(model["name"], {})
    numbers = _numbers(model)
    unknown = {
        name
        for name, about in numbers.items()
        if name not in METRICS and name not in listed and not about.startswith("Deprecated: ")
    }
    assert not unknown, (
        f"{model['name']}: define {sorted(unknown)} in models/metrics, use the name of a metric, "
        "or say in NOT_METRICS why they are none"
    )
    assert not listed.keys() - numbers.keys(), f"{model['name']} has no such numbers"
    assert not listed.keys() & METRICS.keys(), f"{model['name']}: these are metrics"


def test_a_deprecated_name_says_what_to_read() -> None:
    for model in PUBLISHED:
        for name, about in _numbers(model).items():
            if about.startswith("Deprecated: "):
                instead = set(re.findall(r"\w+", about.removeprefix("Deprecated: ")))
                assert name not in METRICS, f"{model['name']}.{name} is a metric"
                assert instead <= METRICS.keys(), f"{model['name']}.{name}: {about}"


def test_what_is_listed_is_published() -> None:
    assert not NOT_METRICS.keys() - {model["name"] for model in PUBLISHED}


def test_a_metric_says_all_of_itself() -> None:
    assert len(METRICS) > 40
    for name, metric in METRICS.items():
        meta = metric["config"]["meta"]
        assert metric["label"], name
        assert metric["description"].endswith("."), name
        russian = meta["label_ru"]
        abbreviated = russian.isupper() or "/" in russian
        assert abbreviated or re.search("[а-яё]", russian, re.I), name
        assert meta["unit"] in UNITS, name
        assert meta["null"], name
        assert name.endswith("_kopecks") == (meta["unit"] == "kopecks"), name
        parameters = metric["type_params"]
        if metric["type"] == "simple":
            assert parameters["measure"] in MEASURES, name
        elif metric["type"] == "ratio":
            assert {parameters["numerator"], parameters["denominator"]} <= METRICS.keys(), name
        else:
            read = {of["name"] for of in parameters["metrics"]}
            assert read <= METRICS.keys(), name
            assert read == set(re.findall(r"[a-z]\w+", parameters["expr"])) & METRICS.keys(), name


@pytest.mark.parametrize("model", SEMANTIC, ids=lambda model: model["name"])
def test_a_semantic_model_reads_columns_that_are_there(model: dict[str, Any]) -> None:
    """Nothing else reads most of these expressions."""
    name = re.findall(r"ref\('(\w+)'\)", model["model"])[0]
    shown = {column["name"] for column in COLUMNS[name]}
    parts = [*model["entities"], *model["dimensions"], *model["measures"]]
    for part in parts:
        said = re.sub(r"\{\{.*?\}\}", "UTC", str(part.get("expr", part["name"])))
        read = sqlglot.parse_one(said, dialect="postgres")
        missing = {column.name for column in read.find_all(exp.Column)} - shown
        assert not missing, f"{part['name']} reads {missing} of {name}"


def test_a_measure_is_defined_once() -> None:
    simple = [m["type_params"]["measure"] for m in METRICS.values() if m["type"] == "simple"]
    assert sorted(simple) == sorted(MEASURES), "each measure is one metric"
    assert all(
        m["type_params"]["measure"] == n for n, m in METRICS.items() if m["type"] == "simple"
    )
