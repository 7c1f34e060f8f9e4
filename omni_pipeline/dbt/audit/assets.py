"""The night's audit: an asset for each area, whose checks are dbt tests that read whole tables.

They are assets of their own because the tables change every hour: a check of theirs that only the
night evaluates would be grey all day. A test joins an area by `meta: {audit: <area>}`.
"""

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg

from omni_pipeline.dbt import tests as dbt_tests
from omni_pipeline.dbt.assets import AUDIT, dbt_models
from omni_pipeline.dbt.checks import UNIQUE_ID
from omni_pipeline.dbt.resource import PROJECT, Dbt
from omni_pipeline.identity.health import published_bound
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.warehouse.project import LEAN
from omni_pipeline.warehouse.resource import Warehouse

GROUP = "audit"
MANIFEST = json.loads(PROJECT.manifest_path.read_text())
AREAS = dbt_tests.audits(MANIFEST)
TABLES = {
    **{spec.metadata[UNIQUE_ID]: spec.key for spec in dbt_models.specs},
    **{
        unique_id: dg.AssetKey([source["schema"], source["name"]])
        for unique_id, source in MANIFEST["sources"].items()
    },
}
KEYS = {area: dg.AssetKey([GROUP, area]) for area in AREAS}


def _spec(area: str) -> dg.AssetSpec:
    tables = {TABLES[node] for test in AREAS[area] for node in test["depends_on"]["nodes"]}
    return dg.AssetSpec(
        key=KEYS[area],
        deps=sorted(tables),
        group_name=GROUP,
        kinds={"dbt test", "postgres"},
        owners=["team:data-engineering"],
        tags={"cadence": "nightly"},
        description=f"Whether whole tables of {area} hold together, looked at every night after "
        "they are published. Writes no table; what breaks a check is in the log of the run.",
    )


@dg.multi_asset(
    name=AUDIT,
    specs=[_spec(area) for area in AREAS],
    check_specs=[
        dg.AssetCheckSpec(test["name"], asset=KEYS[area], description=dbt_tests.about(test))
        for area, tests in AREAS.items()
        for test in tests
    ],
    can_subset=True,
    config_schema={},
    # Not beside dbt: it reads what dbt is replacing.
    pool="dbt",
)
def audit(context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse) -> Iterator[Any]:
    """Run the selected tests at once, tell each, and fail if one that is no warning failed."""
    with warehouse.connect(context.run.run_id) as connection:
        ensure_all(connection)
        up_to_seq = published_bound(connection)
    asked = {
        test["unique_id"]: (key, test)
        for area, tests in AREAS.items()
        for test in tests
        if (key := dg.AssetCheckKey(KEYS[area], test["name"])) in context.selected_asset_check_keys
    }
    names = " ".join(".".join(test["fqn"]) for _, test in asked.values())
    # Without names dbt would run every test there is.
    command = ["test", *LEAN, "--select", names or "none"]
    running = dbt.start(context, command, raise_on_error=False)
    results = [dbt_tests.result(event.raw_event) for event in running.stream_raw_events()]
    found = {result.unique_id: result for result in results if result}
    for asset in context.selected_asset_keys:
        yield dg.MaterializeResult(asset_key=asset, metadata={"up_to_seq": up_to_seq})
    for test, (key, _) in asked.items():
        if test in found:
            yield _check(key, found[test])
    failures = [result for result in found.values() if result.failed]
    if failures or asked.keys() - found.keys():
        raise dg.Failure(dbt_tests.sentence(failures) or "dbt ended before all tests had run")


def _check(key: dg.AssetCheckKey, result: dbt_tests.Result) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.status == "pass",
        severity=dg.AssetCheckSeverity.ERROR if result.failed else dg.AssetCheckSeverity.WARN,
        metadata={"rows": result.rows},
    )


defs = dg.Definitions(assets=[audit])
