"""The sensor that reconciles the loyalty ledger when it changed, instead of at the next full hour.

Every tick looks at the sources of the ledger (`fingerprint.py`) and compares with its cursor. New
entries, receipts, orders and moved balances are seen at once; an edited or deleted row when the
turn comes to its block, which for 2,000,000 entries is within some minutes.
"""

from dataclasses import dataclass

import dagster as dg

from omni_pipeline.bronze.resource import SourceDatabaseResource
from omni_pipeline.errors import ConfigurationError, SourceError
from omni_pipeline.loyalty import fingerprint
from omni_pipeline.loyalty.classes import RULE_VERSION
from omni_pipeline.loyalty.fingerprint import Change, Memory, Watched
from omni_pipeline.sources.bitrix.access import DATABASE as SITE
from omni_pipeline.sources.loyalty.access import DATABASE as LEDGER

JOB = "reconcile_loyalty"

# What `store.py` reads of each table.
LEDGER_TABLES = (
    Watched(
        "bl_loyalty_account",
        ("id", "user_id", "card_number", "balance", "created_at"),
        whole=True,
    ),
    Watched(
        "bl_loyalty_transaction",
        ("id", "account_id", "amount", "type", "order_id", "source", "created_at"),
    ),
    Watched(
        "bl_pos_receipt",
        (
            "id",
            "receipt_uid",
            "original_receipt_uid",
            "kind",
            "bonus_spent",
            "bonus_earned",
            "card_number",
            "closed_at",
        ),
    ),
)
ORDER_TABLES = (
    Watched(
        "b_sale_order",
        (
            "id",
            "user_id",
            "status_id",
            "canceled",
            "payed",
            "price",
            "date_status",
            "date_update",
            "date_insert",
        ),
        clock="date_update",
    ),
    Watched(
        "b_sale_order_change",
        ("id", "order_id", "type", "data", "date_create"),
        forgets=True,
    ),
)
REQUIRED = ("bl_loyalty_account", "bl_loyalty_transaction")


@dataclass(frozen=True)
class Cursor:
    """`<change number>:<rule version>:<turn>:<memory>`; one of another form is a first tick."""

    number: int = 0
    rule_version: str = ""
    turn: int = 0
    memory: str = "{}"

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        number, *rest = (text or "").split(":", 3)
        if len(rest) != 3 or not number.isdigit() or not rest[1].isdigit():
            return cls(int(number) if number.isdigit() else 0)
        return cls(int(number), rest[0], int(rest[1]), rest[2])

    def __str__(self) -> str:
        return f"{self.number}:{self.rule_version}:{self.turn}:{self.memory}"


@dataclass(frozen=True)
class Decision:
    """What a tick does: launch a run under `run_key`, or nothing; and the cursor it leaves."""

    run_key: str | None
    cursor: Cursor


def decide(cursor: Cursor, moved: bool, memory: dict[str, Memory], rule_version: str) -> Decision:
    """Launch when something moved or the rules differ from those of the last launch.

    Dagster never repeats a run key, and a corrected balance brings an old state back; the number of
    the change keeps that run from being dropped. A tick repeated before its cursor was stored comes
    to the same key, so it launches nothing twice.
    """
    packed = fingerprint.pack(memory)
    if not moved and cursor.rule_version == rule_version:
        return Decision(None, Cursor(cursor.number, rule_version, cursor.turn + 1, packed))
    after = Cursor(cursor.number + 1, rule_version, cursor.turn + 1, packed)
    return Decision(f"{after.number}:{rule_version}:{fingerprint.name_of(memory)}", after)


def look(
    memory: dict[str, Memory],
    turn: int,
    ledger: SourceDatabaseResource,
    site: SourceDatabaseResource,
) -> tuple[Change, list[str]]:
    """What moved since `memory`, which is brought up to date, and the sources that were edited.

    Raises SourceError naming the setting to look at. Orders and receipts are optional; the two
    tables of the ledger are not.
    """
    edited = []
    with ledger.database().read() as session:
        found = fingerprint.look(session, LEDGER_TABLES, memory, turn)
    for table in REQUIRED:
        if memory[table].marks == fingerprint.ABSENT:
            raise SourceError(ledger.variable, f"the database has no table {table}")
    if found.edited:
        edited.append(LEDGER.source)
    if site.url:
        with site.database().read() as session:
            orders = fingerprint.look(session, ORDER_TABLES, memory, turn)
        if orders.edited:
            edited.append(SITE.source)
        found |= orders
    return found, edited


@dg.sensor(
    name="reconcile_loyalty_on_ledger_change",
    job_name=JOB,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reconciles the loyalty ledger within a minute of a change in its source: a new "
    "entry, receipt or order status, a balance that moved; and, block after block, of any row that "
    "was edited or deleted.",
)
def reconcile_loyalty_on_ledger_change(
    context: dg.SensorEvaluationContext,
    loyalty_database: SourceDatabaseResource,
    bitrix_database: SourceDatabaseResource,
) -> dg.SensorResult | dg.SkipReason:
    """One tick: a look, a decision, and the launch if there is one.

    Rows that were edited or deleted lie below the cursors of the ingest, so a run because of them
    reads the whole tables.
    """
    if not loyalty_database.url:
        return dg.SkipReason(f"{' and '.join(LEDGER.variables)} are not set: no ledger to watch")
    before = Cursor.read(context.cursor)
    memory = fingerprint.unpack(before.memory)
    try:
        found, edited = look(memory, before.turn, loyalty_database, bitrix_database)
    except ConfigurationError as error:
        return dg.SkipReason(str(error))
    decision = decide(before, found.moved, memory, RULE_VERSION)
    if decision.run_key is None:
        return dg.SensorResult(
            skip_reason="the ledger has not changed since its last reconciliation",
            cursor=str(decision.cursor),
        )
    complete = {f"ingest_{source}": {"config": {"complete": True}} for source in edited}
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=decision.run_key,
                run_config={"ops": complete} if complete else {},
                tags={"trigger": "ledger_edit" if complete else "ledger_change"},
            )
        ],
        cursor=str(decision.cursor),
    )
