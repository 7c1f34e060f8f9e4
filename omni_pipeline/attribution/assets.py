"""The data-driven models as a Dagster asset: months whose journeys changed, with two checks."""

import time

import dagster as dg

from omni_pipeline.attribution.store import ABOUT, COLUMNS, code_digest, health, refresh
from omni_pipeline.identity.health import published_bound
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.warehouse.resource import Warehouse

KEY = dg.AssetKey(["marts", "datadriven_channel"])
ADDS_UP = "credit_adds_up"


@dg.asset(
    key=KEY,
    group_name="attribution",
    kinds={"python", "postgres"},
    owners=["team:data-engineering"],
    tags={"cadence": "hourly"},
    # Not beside dbt: it reads what dbt is replacing.
    pool="dbt",
    config_schema={},
    code_version=code_digest(),
    deps=[
        dg.AssetKey(["intermediate", f"int_attribution__{name}"]) for name in ("journeys", "months")
    ],
    check_specs=[
        dg.AssetCheckSpec(
            ADDS_UP,
            asset=KEY,
            blocking=True,
            description="In every month, brand and model shares sum to 1, and conversions and "
            "revenue to those of the purchases.",
        )
    ],
    description=ABOUT,
    metadata={
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(
                    name,
                    kind.removesuffix(" not null"),
                    description=about,
                    constraints=dg.TableColumnConstraints(nullable=not kind.endswith("not null")),
                )
                for name, (kind, about) in COLUMNS.items()
            ]
        )
    },
)
def datadriven_channel(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster refuses None beside checks
    """Compute the months whose journeys changed, forget those that are gone."""
    started = time.monotonic()
    with warehouse.connect(context.run.run_id) as connection:
        ensure_all(connection)
        written = refresh(connection, published_bound(connection))
        numbers, wrong = health(connection)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": numbers["rows"],
            "months_computed": written.computed,
            "months_kept": written.kept,
            "months_removed": written.removed,
            "conversions": numbers["conversions"],
            "unreliable_channels": numbers["unreliable_channels"],
            "seconds": round(time.monotonic() - started, 3),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=ADDS_UP,
                passed=not wrong,
                severity=dg.AssetCheckSeverity.ERROR,
                description=f"{len(wrong)} months of models do not add up"
                + "".join(f"; {w}" for w in wrong[:5]),
                metadata={"wrong": len(wrong)},
            )
        ],
    )


defs = dg.Definitions(assets=[datadriven_channel])
