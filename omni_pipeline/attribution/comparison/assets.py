"""The comparison of models as an asset: a line of numbers for every run, a table and a picture."""

import base64
import time

import dagster as dg

from omni_pipeline.attribution.comparison.chart import chart
from omni_pipeline.attribution.comparison.numbers import (
    DAYS,
    REFERENCE,
    compare,
    plotted,
    table,
)
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.warehouse.publication import follow, last_published
from omni_pipeline.warehouse.resource import Warehouse

STEP = "attribution.model_comparison"
KEY = dg.AssetKey(STEP.split("."))
TITLE = "Credit by channel and model"
UNDER = f"Net revenue of the last {DAYS} days: roubles and share of the model's revenue"


@dg.asset(
    key=KEY,
    group_name="attribution",
    kinds={"python", "postgres"},
    owners=["team:data-engineering"],
    config_schema={},
    tags={"cadence": "hourly"},
    # Not beside dbt: it reads what dbt is replacing.
    pool="dbt",
    # Tables alone: views are made when deployed, and Dagster leaves out what waits for one.
    deps=[dg.AssetKey(["marts", name]) for name in ("bl_omni_stats", "fct_attribution_daily")],
    description=f"What the attribution models make of the last {DAYS} days, one set of numbers per "
    "run. `<model>_apart` is the share of the revenue that a model gives to other channels than "
    f"`{REFERENCE}` does (0 alike, 1 nothing alike); unattributed_share is the revenue that no "
    "known touch led to, leads_with_source_share the leads of which a source is known. A jump in "
    "one of them is a broken tag or an absent source sooner than a change of customers. Credit is "
    "association: no model says what would happen without a channel. Writes no table.",
)
def model_comparison(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult[None]:
    """Compare the models on the marts as they stand; empty or absent ones give zeros."""
    started = time.monotonic()
    with warehouse.connect(context.run.run_id) as connection:
        ensure_all(connection)
        found = compare(connection)
        follow(connection, STEP, last_published(connection), "")
    picture = base64.b64encode(chart(found, TITLE, UNDER).encode()).decode()
    return dg.MaterializeResult(
        metadata={
            "credit_chart": dg.MetadataValue.md(f"![{TITLE}](data:image/svg+xml;base64,{picture})"),
            "credit_rubles": dg.MetadataValue.md(table(found)),
            **plotted(found),
            "days": DAYS,
            "up_to_seq": found.up_to_seq,
            "seconds": round(time.monotonic() - started, 3),
        }
    )


defs = dg.Definitions(assets=[model_comparison])
