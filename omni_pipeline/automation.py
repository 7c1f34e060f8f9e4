"""Every job and schedule, on one page. Selection is by what an asset says about itself.

`run_hourly` ingests, builds and measures the marts and reconciles the ledger; `reconcile_sources`
does the same every night with whole tables and all tests, then audits the marts;
`reconcile_loyalty` is what the ledger sensor launches.
Runs use one process: starting a process per step would cost 7 CPU seconds each for imports.
"""

import dagster as dg

from omni_pipeline.bronze.assets import READ_COMPLETE, READ_TAG
from omni_pipeline.dbt.assets import BUILD_TAG, BUILD_THOROUGH
from omni_pipeline.dbt.audit.assets import GROUP
from omni_pipeline.warehouse.partitions import routine_tags
from omni_pipeline.warehouse.resource import EXECUTOR

HOURLY = dg.AssetSelection.tag("cadence", "hourly")
RAW = HOURLY & dg.AssetSelection.tag("layer", "bronze")
MARTS = dg.AssetSelection.kind("dbt")
LEDGER = dg.AssetSelection.groups("loyalty") & HOURLY
HEALTH = dg.AssetSelection.groups("identity") & HOURLY
CREDIT = dg.AssetSelection.groups("attribution") & HOURLY
AUDIT = dg.AssetSelection.groups(GROUP)
SECONDS_LIMIT = {"dagster/max_runtime": "3000"}  # an hourly run must end before the next but one

run_hourly = dg.define_asset_job(
    "run_hourly",
    # With all checks of its assets: one that a run leaves out turns grey.
    selection=RAW | MARTS | LEDGER | HEALTH | CREDIT,
    description="All configured sources, then identity, journey, statistics and attribution.",
    executor_def=EXECUTOR,
    tags=SECONDS_LIMIT,
)

reconcile_sources = dg.define_asset_job(
    "reconcile_sources",
    selection=HOURLY | MARTS | AUDIT,
    description="Compares whole tables with their sources by key and content, which finds silent "
    "changes and deletions that no cursor shows, builds everything with all tests, and audits it.",
    executor_def=EXECUTOR,
    tags={READ_TAG: READ_COMPLETE, BUILD_TAG: BUILD_THOROUGH},
)

reconcile_loyalty = dg.define_asset_job(
    "reconcile_loyalty",
    selection=LEDGER | (LEDGER.upstream(depth=1) & RAW),
    description="Reads ledger, receipts and orders afresh and reconciles them.",
    executor_def=EXECUTOR,
    tags=SECONDS_LIMIT,
)


def routine(name: str, job: str, cron: str) -> dg.ScheduleDefinition:
    """A schedule in UTC that runs from the first start of the daemon."""

    def request(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(tags=routine_tags(context.scheduled_execution_time))

    return dg.ScheduleDefinition(
        name=name,
        job_name=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        execution_fn=request,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


defs = dg.Definitions(
    jobs=[run_hourly, reconcile_sources, reconcile_loyalty],
    schedules=[
        routine("run_hourly_on_the_hour", run_hourly.name, "0 * * * *"),
        routine("reconcile_sources_at_night", reconcile_sources.name, "30 0 * * *"),
    ],
)
