"""dbt exposures of the dashboards: `python -m omni_pipeline.dashboards.exposures` writes them.

One per dashboard, with every model its cards read, so that lineage ends where people look.
"""

from pathlib import Path

import yaml

from omni_pipeline.dashboards.load import Dashboard, Tree, load
from omni_pipeline.dashboards.shape import MADE_BY_PYTHON, parse
from omni_pipeline.warehouse.project import FOLDER

FILE = FOLDER / "models" / "_dashboards__exposures.yml"
HEAD = "# Made from the dashboards: python -m omni_pipeline.dashboards.exposures\n"


def read_by(dashboard: Dashboard, tree: Tree) -> list[str]:
    """Marts that the cards of a dashboard read, sorted."""
    cards = [tree.card(placed.card_id) for placed in dashboard.placed if placed.card_id]
    return sorted({table for card in cards for _, table, _ in parse(card).tables})


def rendered(tree: Tree) -> str:
    """The text of the file."""
    exposures = [
        {
            "name": dashboard.path.replace("/", "_"),
            "label": dashboard.title.en,
            "type": "dashboard",
            "maturity": "medium",
            "description": dashboard.description,
            "owner": {"name": "team:data-engineering"},
            "depends_on": [
                f"ref('{table}')"
                for table in read_by(dashboard, tree)
                if table not in MADE_BY_PYTHON
            ],
        }
        for dashboard in tree.dashboards
    ]
    text = yaml.safe_dump(
        {"version": 2, "exposures": exposures}, sort_keys=False, allow_unicode=True, width=100
    )
    return HEAD + text


def write(path: Path = FILE) -> None:
    """Bring the file up to date."""
    path.write_text(rendered(load()))


if __name__ == "__main__":
    write()
