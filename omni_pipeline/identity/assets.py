"""Stitching as numbers that plot: one asset after the marts, with its checks."""

import time

import dagster as dg

from omni_pipeline.identity.health import (
    SUSPECT_SHARE,
    measure,
    no_giant,
    published_bound,
    suspects_are_few,
    unresolved_uuids,
)
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.warehouse.publication import follow, last_published
from omni_pipeline.warehouse.resource import Warehouse

STEP = "identity.health"
KEY = dg.AssetKey(STEP.split("."))
FEW_SUSPECTS = "few_suspects"
NO_GIANT = "no_giant_profile"
UUIDS_RESOLVE = "every_issued_uuid_resolves"


@dg.asset(
    key=KEY,
    group_name="identity",
    kinds={"python", "postgres"},
    owners=["team:data-engineering"],
    tags={"cadence": "hourly"},
    # Not beside dbt: it reads what dbt is replacing.
    pool="dbt",
    config_schema={},
    deps=[
        dg.AssetKey(["intermediate", name])
        for name in (
            "int_identity__edges",
            "int_identity__guards",
            "int_identity__nodes",
            "int_identity__unread",
        )
    ]
    + [
        dg.AssetKey(["marts", name])
        for name in (
            "bl_customer_alias",
            "bl_customer_profile",
            "customer_identifier",
            "customer_merge_log",
            "customer_uuid_history",
            "shared_identifier",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            FEW_SUSPECTS,
            asset=KEY,
            description="At most one profile in a hundred holds more traces than one person has.",
        ),
        dg.AssetCheckSpec(
            NO_GIANT,
            asset=KEY,
            description="No single profile holds more than any person has: 50 identifiers besides "
            "cookies, 1,000 in all, or from 100 on a hundredth of all.",
        ),
        dg.AssetCheckSpec(
            UUIDS_RESOLVE,
            asset=KEY,
            description="Every published customer_uuid that changed leads to a standing profile "
            "through bl_customer_alias.",
        ),
    ],
    description="How stitching is doing, one set of numbers per run. nodes, edges, profiles, "
    "shared, suspects and largest_component describe the whole; merges, splits, newly_shared, "
    "newly_unread and newly_mended (see ops.unread_identifier) are what changed since the run "
    "before. A sudden largest_component is an identifier that joins "
    "strangers: `omni explain` shows by which link. Writes no table.",
)
def health(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Measure the marts as they stand; empty or absent ones give zeros."""
    started = time.monotonic()
    since = _measured_before(context)
    with warehouse.connect(context.run.run_id) as connection:
        ensure_all(connection)
        up_to_seq = published_bound(connection)
        numbers = measure(connection, since)
        unresolved = unresolved_uuids(connection, since)
        follow(connection, STEP, last_published(connection), "")
    share = numbers["suspects"] / numbers["profiles"] if numbers["profiles"] else 0.0
    return dg.MaterializeResult(
        metadata={
            **numbers,
            "suspect_share": round(share, 6),
            "up_to_seq": up_to_seq,
            "seconds": round(time.monotonic() - started, 3),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=FEW_SUSPECTS,
                passed=suspects_are_few(numbers),
                severity=dg.AssetCheckSeverity.WARN,
                description=f"{numbers['suspects']} of {numbers['profiles']} profiles; "
                f"up to {SUSPECT_SHARE:.0%} is expected",
                metadata={"suspects": numbers["suspects"], "share": round(share, 6)},
            ),
            dg.AssetCheckResult(
                check_name=NO_GIANT,
                passed=no_giant(numbers),
                severity=dg.AssetCheckSeverity.WARN,
                description=f"the largest profile holds {numbers['largest_component']} of "
                f"{numbers['identifiers']} identifiers, one of them "
                f"{numbers['most_besides_cookies']} besides cookies",
                metadata={"largest_component": numbers["largest_component"]},
            ),
            dg.AssetCheckResult(
                check_name=UUIDS_RESOLVE,
                passed=unresolved == 0,
                severity=dg.AssetCheckSeverity.ERROR,
                description=f"{unresolved} issued uuids lead nowhere",
                metadata={"unresolved": unresolved},
            ),
        ],
    )


def _measured_before(context: dg.AssetExecutionContext) -> int:
    """The bound of the previous measurement, 0 before the first."""
    event = context.instance.get_latest_materialization_event(KEY)
    materialization = event.asset_materialization if event else None
    value = materialization.metadata.get("up_to_seq") if materialization else None
    return int(value.value) if isinstance(value, dg.IntMetadataValue) and value.value else 0


defs = dg.Definitions(assets=[health])
