"""The reconciliation as a Dagster asset, its one check, and the sensor that launches it."""

import time
from datetime import timedelta

import dagster as dg

from omni_pipeline.loyalty.classes import CLASSES, RULE_VERSION
from omni_pipeline.loyalty.reconcile import reconcile
from omni_pipeline.loyalty.sensor import reconcile_loyalty_on_ledger_change
from omni_pipeline.loyalty.store import ensure_discrepancy, read_counts, read_ledger, write
from omni_pipeline.sources.bitrix.access import DATABASE as SITE
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.sources.loyalty.access import DATABASE as LEDGER
from omni_pipeline.sources.loyalty.tables import TABLES
from omni_pipeline.warehouse.resource import Warehouse

KEY = dg.AssetKey(["loyalty", "discrepancy"])


@dg.asset(
    key=KEY,
    group_name="loyalty",
    kinds={"python", "postgres"},
    owners=["team:data-engineering"],
    tags={"cadence": "hourly"},
    pool="loyalty",
    config_schema={},
    code_version=RULE_VERSION,
    # Every run reconciles whole, so this says when the last one ended well. How old the data of a
    # source is, its own check says.
    freshness_policy=dg.FreshnessPolicy.time_window(
        warn_window=timedelta(hours=2), fail_window=timedelta(hours=6)
    ),
    deps=[
        *(dg.AssetKey(table.address) for table in TABLES),
        dg.AssetKey(["raw_bitrix", "b_sale_order"]),
        dg.AssetKey(["raw_bitrix", "b_sale_order_change"]),
    ],
    description="One row per fault that stands in the loyalty ledger: class, subject, what is and "
    "what would be right. Compares accounts, entries, orders and till receipts; changes nothing "
    "in the ledger. A row goes when its fault is gone.\n\n"
    + "\n".join(f"- {code} ({kind.severity}): {kind.title}" for code, kind in CLASSES.items()),
    metadata={
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn("code", "text", description="class, R01 to R20"),
                dg.TableColumn("severity", "text", description="ERROR or WARN"),
                dg.TableColumn("subject_type", "text"),
                dg.TableColumn("subject_id", "text"),
                dg.TableColumn("account_id", "bigint"),
                dg.TableColumn("expected", "numeric", description="points"),
                dg.TableColumn("actual", "numeric", description="points"),
                dg.TableColumn("detail", "text"),
                dg.TableColumn("rule_version", "text"),
                dg.TableColumn("detected_seq", "bigint", description="arrival that showed it"),
                dg.TableColumn("first_seen", "timestamptz"),
            ]
        )
    },
)
def discrepancy(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult[None]:
    """Read the ledger from bronze, reconcile it whole, keep what was found."""
    started = time.monotonic()
    with warehouse.connect(context.run.run_id) as connection:
        ensure_all(connection)
        ledger, seq = read_ledger(connection, LEDGER.timezone, SITE.timezone)
        found = reconcile(ledger)
        written = write(connection, found, seq)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(found),
            **written.counts,
            "added": written.added,
            "changed": written.changed,
            "removed": written.removed,
            "accounts": len(ledger.accounts),
            "entries": len(ledger.transactions),
            "up_to_seq": seq,
            "rule_version": RULE_VERSION,
            "seconds": round(time.monotonic() - started, 3),
        }
    )


@dg.asset_check(
    asset=KEY,
    blocking=False,
    config_schema={},
    description="The loyalty ledger has no discrepancy; WARN where only classes of warning stand.",
)
def ledger_is_consistent(warehouse: Warehouse) -> dg.AssetCheckResult:
    """One check for all classes; marts are published whatever it says."""
    with warehouse.connect("ledger_is_consistent") as connection:
        ensure_discrepancy(connection)
        counts = read_counts(connection)
    standing = {code: count for code, count in counts.items() if count}
    errors = sum(n for code, n in standing.items() if CLASSES[code].severity == "ERROR")
    severity = dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN
    said = ", ".join(f"{n} × {code} {CLASSES[code].title}" for code, n in standing.items())
    return dg.AssetCheckResult(
        passed=not standing,
        severity=severity,
        description=said or "no discrepancies",
        metadata={**counts, "errors": errors, "warnings": sum(standing.values()) - errors},
    )


defs = dg.Definitions(
    assets=[discrepancy],
    asset_checks=[ledger_is_consistent],
    sensors=[reconcile_loyalty_on_ledger_change],
)
