"""The sensor that reconciles the loyalty ledger when it changed, instead of at the next full hour.

Every tick takes a fingerprint of the source database: largest ids, latest times, number and sum of
balances, all cheap by index or on a small table. `decide` compares it with the cursor.
"""

import hashlib
import os
from dataclasses import dataclass

import dagster as dg

from omni_pipeline.database import Session, SourceDatabase
from omni_pipeline.endpoint import DatabaseEndpoint
from omni_pipeline.errors import ConfigurationError, SourceError
from omni_pipeline.loyalty.classes import RULE_VERSION
from omni_pipeline.sources.bitrix.access import DATABASE as SITE
from omni_pipeline.sources.loyalty.access import DATABASE as LEDGER

JOB = "reconcile_loyalty"

# Per table the aggregates that move with every change that can touch the ledger.
LEDGER_MARKS = {
    "bl_loyalty_account": ["count(*)", "sum(balance)", "max(id)"],
    "bl_loyalty_transaction": ["max(id)"],
    "bl_pos_receipt": ["max(id)"],
}
ORDER_MARKS = {"b_sale_order": ["max(date_update)"], "b_sale_order_change": ["max(id)"]}
REQUIRED = ("bl_loyalty_account", "bl_loyalty_transaction")


@dataclass(frozen=True)
class Decision:
    """What a tick does: launch a run under `run_key`, or nothing for `reason`."""

    run_key: str | None
    cursor: str | None
    reason: str


def decide(cursor: str | None, fingerprint: str, rule_version: str) -> Decision:
    """Launch when the fingerprint or the rules differ from those of the last launch.

    The cursor is the last run key: `<change number>:<rule version>:<fingerprint>`. Dagster never
    repeats a run key, and a corrected balance brings an old fingerprint back; the number of the
    change keeps that run from being dropped. A tick repeated before its cursor was stored comes to
    the same key, so it launches nothing twice.
    """
    number, _, last = (cursor or "0::").partition(":")
    state = f"{rule_version}:{fingerprint}"
    if last == state:
        return Decision(None, cursor, "the ledger has not changed since its last reconciliation")
    change = int(number) + 1 if number.isdigit() else 1
    key = f"{change}:{state}"
    return Decision(key, key, "the ledger or its rules changed")


def take_fingerprint() -> str:
    """The fingerprint of ledger and orders; ConfigurationError names the setting.

    Orders and receipts are optional; the two tables of the ledger are not.
    """
    with _open(LEDGER).read() as session:
        marks = _marks(session, LEDGER_MARKS)
    for table in REQUIRED:
        if marks[table] == "absent":
            raise SourceError(LEDGER.variable, f"the database has no table {table}")
    if SITE.configured:
        with _open(SITE).read() as session:
            marks |= _marks(session, ORDER_MARKS)
    return hashlib.sha256(repr(sorted(marks.items())).encode()).hexdigest()[:16]


def _open(endpoint: DatabaseEndpoint) -> SourceDatabase:
    return SourceDatabase(os.environ[endpoint.variable], endpoint.variable, endpoint.timezone)


def _marks(session: Session, wanted: dict[str, list[str]]) -> dict[str, str]:
    marks = {}
    for table, aggregates in wanted.items():
        if not session.columns(table):
            marks[table] = "absent"
            continue
        statement = f"select {', '.join(aggregates)} from {session.quote(table)}"
        marks[table] = repr([str(value) for row in session.stream(statement) for value in row])
    return marks


@dg.sensor(
    name="reconcile_loyalty_on_ledger_change",
    job_name=JOB,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reconciles the loyalty ledger within a minute of a change in its source: a new "
    "entry, receipt or order status, or a balance that moved.",
)
def reconcile_loyalty_on_ledger_change(
    context: dg.SensorEvaluationContext,
) -> dg.SensorResult | dg.SkipReason:
    """One tick: fingerprint, decision, and the launch if there is one."""
    if not LEDGER.configured:
        return dg.SkipReason(f"{' and '.join(LEDGER.variables)} are not set: no ledger to watch")
    try:
        fingerprint = take_fingerprint()
    except ConfigurationError as error:
        return dg.SkipReason(str(error))
    decision = decide(context.cursor, fingerprint, RULE_VERSION)
    if decision.run_key is None:
        return dg.SkipReason(decision.reason)
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=decision.run_key, tags={"trigger": "ledger_change"})],
        cursor=decision.cursor,
    )
