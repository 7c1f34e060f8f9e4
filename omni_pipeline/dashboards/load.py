"""The tree of YAML as values: collections, cards, dashboards, with titles in English and Russian.

A file is named by its path below `collections/main`, without `.yaml`. English titles stand in the
YAML, Russian ones in `translations.csv`, which has the columns of Metabase's content translation.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TREE = Path(__file__).parent / "tree"
CONTENT = Path("collections") / "main"


@dataclass(frozen=True)
class Title:
    """What people read; `ru` is empty where translations.csv lacks it."""

    en: str
    ru: str


@dataclass(frozen=True)
class Collection:
    """A folder of dashboards and cards."""

    path: str
    entity_id: str
    title: Title
    parent_id: str | None
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Tag:
    """A `{{name}}` of a card's SQL; `column` is (schema, table, column) of a field filter."""

    name: str
    type: str
    widget_type: str | None
    column: tuple[str, str, str] | None
    default: Any
    required: bool


@dataclass(frozen=True)
class Card:
    """One question: its SQL with tags, and how it is shown."""

    path: str
    entity_id: str
    title: Title
    description: str
    collection_id: str | None
    display: str
    sql: str
    tags: tuple[Tag, ...]
    settings: Mapping[str, Any] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def dimensions(self) -> list[str]:
        """Columns that the chart shows by."""
        return list(self.settings.get("graph.dimensions") or [])

    @property
    def metrics(self) -> list[str]:
        """Columns that the chart shows."""
        scalar = self.settings.get("scalar.field")
        return list(self.settings.get("graph.metrics") or ([scalar] if scalar else []))


@dataclass(frozen=True)
class Parameter:
    """A filter of a dashboard."""

    id: str
    slug: str
    title: Title
    type: str
    default: Any
    required: bool


@dataclass(frozen=True)
class Filled:
    """Which tag of a placed card a filter fills."""

    parameter_id: str
    card_id: str
    tag: str


@dataclass(frozen=True)
class Placed:
    """A card on the grid of 24 columns."""

    entity_id: str
    card_id: str | None
    row: int
    col: int
    size_x: int
    size_y: int
    tab_id: str | None
    mappings: tuple[Filled, ...]
    settings: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Dashboard:
    """A page: filters, tabs, and the cards on them."""

    path: str
    entity_id: str
    title: Title
    description: str
    collection_id: str | None
    parameters: tuple[Parameter, ...]
    tabs: tuple[tuple[str, Title], ...]
    placed: tuple[Placed, ...]
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Tree:
    """All of it, and the Russian of every English string."""

    collections: tuple[Collection, ...]
    cards: tuple[Card, ...]
    dashboards: tuple[Dashboard, ...]
    russian: Mapping[str, str]

    def card(self, entity_id: str) -> Card:
        """The card with this id; KeyError when there is none."""
        return {card.entity_id: card for card in self.cards}[entity_id]


def read_files(root: Path = TREE) -> dict[str, dict[str, Any]]:
    """Each YAML file by its path, unjudged."""
    folder = root / CONTENT
    return {
        path.relative_to(folder).with_suffix("").as_posix(): yaml.safe_load(path.read_text())
        for path in sorted(folder.rglob("*.yaml"))
    }


def read_russian(root: Path = TREE) -> dict[str, str]:
    """Russian by English, from translations.csv."""
    with open(root / "translations.csv", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["String"]: row["Translation"] for row in rows if row["Locale Code"] == "ru"}


def load(root: Path = TREE) -> Tree:
    """The tree; its files must have passed the checker (a missing key is a KeyError)."""
    return built(read_files(root), read_russian(root))


def built(files: Mapping[str, Mapping[str, Any]], russian: Mapping[str, str]) -> Tree:
    """Values of files that are read already."""

    def title(english: str) -> Title:
        return Title(english, russian.get(english, ""))

    found: dict[str, list[Any]] = {"Collection": [], "Card": [], "Dashboard": []}
    for path, raw in files.items():
        model = model_of(raw)
        common = (path, raw["entity_id"], title(raw["name"]))
        if model == "Collection":
            found[model].append(Collection(*common, raw.get("parent_id"), raw))
        elif model == "Card":
            found[model].append(_card(common, raw))
        elif model == "Dashboard":
            found[model].append(_dashboard(common, raw, title))
    return Tree(
        tuple(found["Collection"]), tuple(found["Card"]), tuple(found["Dashboard"]), dict(russian)
    )


def model_of(raw: Mapping[str, Any]) -> str:
    """Collection, Card or Dashboard, as the file says of itself."""
    return str(raw["serdes/meta"][-1]["model"])


def _card(common: tuple[str, str, Title], raw: Mapping[str, Any]) -> Card:
    stage = raw["dataset_query"]["stages"][0]
    return Card(
        *common,
        raw.get("description") or "",
        raw.get("collection_id"),
        raw["display"],
        stage["native"],
        tuple(_tag(tag) for tag in stage.get("template-tags") or []),
        raw["visualization_settings"],
        raw,
    )


def _tag(raw: Mapping[str, Any]) -> Tag:
    dimension = raw.get("dimension")
    column = (dimension[2][1], dimension[2][2], dimension[2][3]) if dimension else None
    return Tag(
        raw["name"], raw["type"], raw.get("widget-type"), column,
        raw.get("default"), bool(raw.get("required")),
    )  # fmt: skip


def _dashboard(common: tuple[str, str, Title], raw: Mapping[str, Any], title: Any) -> Dashboard:
    return Dashboard(
        *common,
        raw.get("description") or "",
        raw.get("collection_id"),
        tuple(
            Parameter(
                p["id"], p["slug"], title(p["name"]), p["type"],
                p.get("default"), bool(p.get("required")),
            )
            for p in raw.get("parameters") or []
        ),
        tuple((tab["entity_id"], title(tab["name"])) for tab in raw.get("tabs") or []),
        tuple(
            Placed(
                d["entity_id"], d.get("card_id"), d["row"], d["col"], d["size_x"], d["size_y"],
                d.get("dashboard_tab_id"),
                tuple(
                    Filled(m["parameter_id"], m["card_id"], m["target"][1][1])
                    for m in d.get("parameter_mappings") or []
                ),
                d.get("visualization_settings") or {},
            )
            for d in raw.get("dashcards") or []
        ),
        raw,
    )  # fmt: skip
