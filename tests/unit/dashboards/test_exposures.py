"""Lineage in dbt ends at the dashboards that the tree holds."""

import yaml

from omni_pipeline.dashboards.exposures import FILE, read_by, rendered
from omni_pipeline.dashboards.load import load


def test_the_committed_exposures_are_those_of_the_tree() -> None:
    said = FILE.read_text()
    assert said == rendered(load()), "run python -m omni_pipeline.dashboards.exposures"


def test_a_dashboard_depends_on_what_its_cards_read() -> None:
    tree = load()
    (sales,) = [board for board in tree.dashboards if board.title.en == "Sales"]
    assert {"funnel_monthly", "lost_reasons", "deal", "fct_conversion"} <= set(read_by(sales, tree))
    exposures = yaml.safe_load(FILE.read_text())["exposures"]
    told = {one["label"]: one["depends_on"] for one in exposures}
    assert told["Sales"] == [f"ref('{mart}')" for mart in read_by(sales, tree)]
