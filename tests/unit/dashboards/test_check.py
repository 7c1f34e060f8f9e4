"""The checker finds each fault that is planted, and nothing in the tree as it is."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from omni_pipeline.dashboards import load
from omni_pipeline.dashboards.check import check, faults
from omni_pipeline.dashboards.metrics import read_metrics

METRICS = read_metrics()
FILES = load.read_files()
RUSSIAN = load.read_russian()
BOARD, CARD, OTHER = "omni/marketing", "omni/marketing/channels", "omni/marketing/by_day"
Files = dict[str, dict[str, Any]]


def _stage(files: Files) -> dict[str, Any]:
    stage: dict[str, Any] = files[CARD]["dataset_query"]["stages"][0]
    return stage


def _sql(old: str, new: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        stage = _stage(files)
        assert old in stage["native"]
        stage["native"] = stage["native"].replace(old, new)

    return change


def _placed(index: int, **values: Any) -> Callable[[Files], None]:
    return lambda files: files[BOARD]["dashcards"][index].update(values)


def _mapping(**values: Any) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[BOARD]["dashcards"][0]["parameter_mappings"][0].update(values)

    return change


def _same_id(files: Files) -> None:
    files[OTHER]["entity_id"] = files[CARD]["entity_id"]
    files[OTHER]["serdes/meta"][-1]["id"] = files[CARD]["entity_id"]


def _click(files: Files) -> None:
    settings = next(
        placed["visualization_settings"]
        for placed in files["omni/sales"]["dashcards"]
        if "customer_uuid" in str(placed["visualization_settings"])
    )
    settings["column_settings"]['["name","customer_uuid"]']["click_behavior"]["targetId"] = "x" * 21


FAULTS: dict[str, tuple[str, Callable[[Files], object]]] = {
    "size": ("size", _placed(0, size_x=30)),
    "display": ("display", lambda files: files[CARD].update(display="barr")),
    "no id": ("missing-key", lambda files: files[CARD].pop("entity_id")),
    "dangling card": ("card", _placed(0, card_id="x" * 21)),
    "dangling collection": ("collection", lambda f: f[CARD].update(collection_id="x" * 21)),
    "dangling parameter": ("parameter", _mapping(parameter_id="nobody")),
    "duplicate id": ("duplicate-id", _same_id),
    "overlap": ("overlap", _placed(1, col=3)),
    "beyond the grid": ("overflow", _placed(3, col=20)),
    "misspelt tag": ("tag", _sql("{{channel}}", "{{chanel}}")),
    "unknown table": ("table", _sql("marts.channel_performance_daily", "marts.chanel")),
    "unknown aggregation": ("aggregate", _sql("sum(leads) as leads", "summ(leads) as leads")),
    "parameter type": ("parameter-type", lambda f: f[BOARD]["parameters"][0].update(type="dat")),
    "widget type": ("widget", lambda f: _stage(f)["template-tags"][0].update({"widget-type": "x"})),
    "unknown key": ("unknown-key", lambda files: files[CARD].update(displya="bar")),
    "alias": ("alias", _sql("performance_daily", "performance_daily as told")),
    "unknown metric": ("metric", _sql("sum(leads) as leads", "sum(leads) as requests")),
    "other formula": ("formula", _sql("sum(leads), 0) as cpl", "sum(purchases), 0) as cpl")),
    "average of ratios": (
        "formula",
        _sql("1.0 * sum(spend_kopecks) / nullif(sum(leads), 0) as cpl", "sum(cpl_kopecks) as cpl"),
    ),
    "unknown column": ("column", _sql("sum(sessions)", "sum(visits)")),
    "other schema": ("table", _sql("marts.channel", "intermediate.channel")),
    "two statements": ("sql", _sql("select", "select 1; select")),
    "no choice of model": (
        "choice", lambda f: [tag.pop("default", None) for tag in _stage(f)["template-tags"]]
    ),
    "tag of no column": (
        "column", lambda f: _stage(f)["template-tags"][0]["dimension"][2].__setitem__(3, "day")
    ),
    "filter left out": ("mapping", _placed(0, parameter_mappings=[])),
    "graph of no column": (
        "graph",
        lambda f: f[OTHER]["visualization_settings"].update({"graph.metrics": ["profit"]}),
    ),
    "link to nowhere": ("click", _click),
    "id typed by hand": ("id", lambda f: (f[CARD].update(entity_id="y" * 21),
                                          f[CARD]["serdes/meta"][-1].update(id="y" * 21))),
}  # fmt: skip


def test_the_tree_is_in_order() -> None:
    assert not (found := check()), "\n".join(map(str, found))
    tree = load.load()
    assert {"Marketing", "Sales", "Executive", "Customers", "Loyalty", "Trust"} <= {
        dashboard.title.en for dashboard in tree.dashboards
    }
    assert len(tree.cards) > 40


@pytest.mark.parametrize("planted", FAULTS)
def test_a_planted_fault_is_found(planted: str) -> None:
    code, change = FAULTS[planted]
    files = copy.deepcopy(FILES)
    change(files)
    found = faults(files, RUSSIAN, METRICS)
    told = [fault for fault in found if fault.code == code]
    assert told, [str(fault) for fault in found]
    assert all(fault.path in FILES and fault.name and fault.reason for fault in told)


def test_a_fact_under_the_name_of_a_metric_is_not_the_metric() -> None:
    """order_item.bonus_kopecks counts orders that nobody paid; the metric does not."""
    path = "omni/loyalty/points_spent"
    files = copy.deepcopy(FILES)
    stage = files[path]["dataset_query"]["stages"][0]
    paid = "case when is_paid and not is_cancelled then bonus_kopecks else 0 end"
    assert paid in stage["native"]
    stage["native"] = stage["native"].replace(paid, "bonus_kopecks")
    (fault,) = faults(files, RUSSIAN, METRICS)
    assert (fault.code, fault.path) == ("formula", path)


def test_a_title_without_russian_is_found() -> None:
    russian = {english: told for english, told in RUSSIAN.items() if english != "Channels"}
    (fault,) = faults(FILES, russian, METRICS)
    assert (fault.code, fault.path) == ("russian", CARD)
