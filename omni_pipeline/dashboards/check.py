"""The checker of the tree: what Metabase would take without a word and then show wrongly.

Each fault has a code, the file, the card or dashboard, and what is wrong. Metabase's own validator
looks at one file at a time; references, the grid and the SQL are looked at here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omni_pipeline.dashboards import cards, load
from omni_pipeline.dashboards.ids import entity_id
from omni_pipeline.dashboards.metrics import Metrics, read_metrics

GRID = 24
PARAMETER_TYPES = {
    "string/=", "string/!=", "string/contains", "string/does-not-contain", "string/starts-with",
    "string/ends-with", "number/=", "number/!=", "number/>=", "number/<=", "number/between",
    "date/single", "date/range", "date/month-year", "date/quarter-year", "date/relative",
    "date/all-options", "boolean/=", "temporal-unit",
}  # fmt: skip
COMMON = {"name", "entity_id", "description", "serdes/meta", "archived", "created_at"}
KEYS = {
    "Collection": COMMON | {"parent_id", "slug", "type", "namespace", "authority_level"},
    "Card": COMMON | {
        "display", "creator_id", "database_id", "dataset_query", "visualization_settings", "type",
        "collection_id", "collection_position", "dashboard_id", "parameters", "query_type",
    },
    "Dashboard": COMMON | {
        "creator_id", "collection_id", "collection_position", "auto_apply_filters", "width",
        "parameters", "tabs", "dashcards",
    },
}  # fmt: skip
NEEDED = {
    "Collection": {"name", "entity_id"},
    "Card": {"name", "entity_id", "display", "creator_id", "dataset_query",
             "visualization_settings"},
    "Dashboard": {"name", "entity_id", "creator_id"},
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where."""

    code: str
    path: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}.yaml: {self.name}: {self.reason} [{self.code}]"


def check(root: Path = load.TREE) -> list[Fault]:
    """Faults of the tree on disk."""
    return faults(load.read_files(root), load.read_russian(root), read_metrics())


def faults(
    files: Mapping[str, Mapping[str, Any]], russian: Mapping[str, str], metrics: Metrics
) -> list[Fault]:
    """Faults of files that are read already; those of a file's form come alone."""
    of_form = [fault for path, raw in files.items() for fault in _form(path, raw)]
    if of_form:
        return of_form
    tree = load.built(files, russian)
    found = [*_ids(tree), *_titles(tree), *_references(tree)]
    for card in tree.cards:
        found += [
            Fault(code, card.path, card.title.en, why) for code, why in cards.look(card, metrics)
        ]
    for dashboard in tree.dashboards:
        found += [
            Fault(code, dashboard.path, dashboard.title.en, why)
            for code, why in (*_grid(dashboard), *_filters(dashboard, tree))
        ]
    return found


def _form(path: str, raw: Mapping[str, Any]) -> Iterator[Fault]:
    name = str(raw.get("name", "?"))
    try:
        model = load.model_of(raw)
        keys = KEYS[model]
    except (KeyError, IndexError, TypeError):
        yield Fault("model", path, name, "serdes/meta does not say Collection, Card or Dashboard")
        return
    if lacking := NEEDED[model] - raw.keys():
        yield Fault("missing-key", path, name, f"lacks {', '.join(sorted(lacking))}")
    elif raw["serdes/meta"][-1].get("id") != raw["entity_id"]:
        yield Fault("meta-id", path, name, "serdes/meta has another id than entity_id")
    if unknown := raw.keys() - keys:
        yield Fault("unknown-key", path, name, f"keys {', '.join(sorted(unknown))} are unknown")


def _all(tree: load.Tree) -> list[tuple[str, Any]]:
    return [
        *(("Collection", one) for one in tree.collections),
        *(("Card", one) for one in tree.cards),
        *(("Dashboard", one) for one in tree.dashboards),
    ]


def _ids(tree: load.Tree) -> Iterator[Fault]:
    counts = Counter((model, one.entity_id) for model, one in _all(tree))
    for model, one in _all(tree):
        if counts[model, one.entity_id] > 1:
            reason = f"{one.entity_id} is the id of several"
            yield Fault("duplicate-id", one.path, one.title.en, reason)
        elif one.entity_id != (made := entity_id(model, one.path)):
            yield Fault("id", one.path, one.title.en, f"its id is to be {made}")


def _titles(tree: load.Tree) -> Iterator[Fault]:
    for _, one in _all(tree):
        titles = [one.title]
        if isinstance(one, load.Dashboard):
            titles += [parameter.title for parameter in one.parameters]
            titles += [title for _, title in one.tabs]
        for title in titles:
            if not title.ru:
                yield Fault("russian", one.path, title.en, "has no Russian in translations.csv")


def _references(tree: load.Tree) -> Iterator[Fault]:
    collections = {one.entity_id for one in tree.collections}
    for one in tree.collections:
        if one.parent_id is not None and one.parent_id not in collections:
            yield Fault("collection", one.path, one.title.en, f"no collection {one.parent_id}")
    items: list[load.Card | load.Dashboard] = [*tree.cards, *tree.dashboards]
    for item in items:
        if item.collection_id not in collections:
            reason = f"no collection {item.collection_id}"
            yield Fault("collection", item.path, item.title.en, reason)


def _grid(dashboard: load.Dashboard) -> Iterator[tuple[str, str]]:
    taken: dict[tuple[str | None, int, int], str] = {}
    ids = Counter(placed.entity_id for placed in dashboard.placed)
    tabs = {tab for tab, _ in dashboard.tabs}
    for placed in dashboard.placed:
        if ids[placed.entity_id] > 1:
            yield "duplicate-id", f"{placed.entity_id} is placed twice"
        if tabs and placed.tab_id not in tabs:
            yield "tab", f"{placed.entity_id} lies on no tab"
        if placed.size_x > GRID or placed.size_x < 1 or placed.size_y < 1:
            yield "size", f"{placed.entity_id} is {placed.size_x} by {placed.size_y}"
        elif placed.col < 0 or placed.col + placed.size_x > GRID:
            yield "overflow", f"{placed.entity_id} ends at column {placed.col + placed.size_x}"
        cells = {
            (placed.tab_id, row, col)
            for row in range(placed.row, placed.row + placed.size_y)
            for col in range(placed.col, placed.col + placed.size_x)
        }
        if under := {taken[cell] for cell in cells & taken.keys()}:
            yield "overlap", f"{placed.entity_id} lies over {', '.join(sorted(under))}"
        taken |= dict.fromkeys(cells, placed.entity_id)


def _filters(dashboard: load.Dashboard, tree: load.Tree) -> Iterator[tuple[str, str]]:
    known = {card.entity_id: card for card in tree.cards}
    parameters = {parameter.id: parameter for parameter in dashboard.parameters}
    used: set[str] = set()
    for parameter in dashboard.parameters:
        if parameter.type not in PARAMETER_TYPES:
            yield "parameter-type", f"filter {parameter.slug} has the type {parameter.type}"
    for placed in dashboard.placed:
        if placed.card_id is None:
            continue
        card = known.get(placed.card_id)
        if card is None:
            yield "card", f"{placed.entity_id} shows card {placed.card_id}, which is none"
            continue
        tags = {tag.name for tag in card.tags}
        for filled in placed.mappings:
            used.add(filled.parameter_id)
            if filled.parameter_id not in parameters:
                yield "parameter", f"{card.title.en} maps {filled.parameter_id}, which is none"
            if filled.card_id != placed.card_id:
                yield "mapping", f"{card.title.en} maps the card {filled.card_id}"
            if filled.tag not in tags:
                yield "mapping", f"{card.title.en} has no tag {filled.tag}"
        unfilled = {parameter.slug for parameter in parameters.values()} & tags
        if lacking := unfilled - {filled.tag for filled in placed.mappings}:
            yield "mapping", f"{card.title.en} is not filtered by {', '.join(sorted(lacking))}"
        yield from _clicks(placed, card, parameters.keys(), tree)
    for idle in parameters.keys() - used:
        yield "parameter", f"filter {parameters[idle].slug} filters nothing"


def _clicks(
    placed: load.Placed, card: load.Card, parameters: Iterable[str], tree: load.Tree
) -> Iterator[tuple[str, str]]:
    columns = placed.settings.get("column_settings") or {}
    clicks = [placed.settings, *columns.values()]
    boards = {board.entity_id: {p.id for p in board.parameters} for board in tree.dashboards}
    for click in (one["click_behavior"] for one in clicks if "click_behavior" in one):
        known = set(parameters)
        if click["type"] == "link" and click.get("linkType") == "dashboard":
            if click["targetId"] not in boards:
                yield "click", f"{card.title.en} leads to {click['targetId']}, which is none"
                continue
            known = boards[click["targetId"]]
        for target, said in (click.get("parameterMapping") or {}).items():
            if target not in known:
                yield "click", f"{card.title.en} gives a value to {target}, which is no filter"
            if said["source"]["id"] not in cards.columns(card):
                yield "click", f"{card.title.en} has no column {said['source']['id']}"
