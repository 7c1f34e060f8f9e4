"""Where the ledger is read from (bronze) and where its discrepancies are kept.

Money leaves the server as whole hundredths, so no float ever holds it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from omni_pipeline.loyalty.classes import CLASSES
from omni_pipeline.loyalty.ledger import COLUMNS, Ledger
from omni_pipeline.loyalty.reconcile import KEY, RESULT
from omni_pipeline.ops import creating, latest_seq
from omni_pipeline.values import END_OF_TIME, FIRST_MOMENT
from omni_pipeline.warehouse.copy_frame import copy_frame

STANDING = "_next_seq is null and not _deleted"


def _money(column: str) -> str:
    """Hundredths, or null where the number is no amount (over 2 decimals, 10 digits before)."""
    fits = f"abs({column}) < 10000000000 and {column} = round({column}, 2)"
    return f"case when {fits} then ({column} * 100)::bigint end"


def _moment(column: str) -> str:
    """A time within bounds, else null: bronze may hold others from before it had bounds."""
    within = f"{column} >= '{FIRST_MOMENT}' and {column} < '{END_OF_TIME}'"
    return f"case when {within} then {column} end"


def _ledger_time(column: str) -> str:
    """A time of the site in the ledger's zone; left alone where both are one zone."""
    column = _moment(column)
    shifted = f"{column} at time zone {{site}} at time zone {{ledger}}"
    return f"case when {{site}} = {{ledger}} then {column} else {shifted} end"


QUERIES = {
    "accounts": f"""
        select id, coalesce(user_id, 0), card_number, coalesce({_money("balance")}, 0),
            {_moment("created_at")}
        from raw_loyalty.bl_loyalty_account where {STANDING}""",
    "transactions": f"""
        select id, coalesce(account_id, 0), {_money("amount")}, type, coalesce(order_id, 0),
            source, {_moment("created_at")}
        from raw_loyalty.bl_loyalty_transaction where {STANDING}""",
    # Deleted orders too: archiving an order does not take its credit back.
    "orders": f"""
        select id, coalesce(user_id, 0), status_id, canceled, payed,
            case when abs(price) < 10000000000000 then floor(price * 100)::bigint end,
            {_ledger_time("date_status")}, {_ledger_time("coalesce(date_update, date_insert)")},
            _deleted::int
        from raw_bitrix.b_sale_order where _next_seq is null""",
    # Likewise changes: the shop deletes them after some days, and they happened all the same.
    "order_changes": f"""
        select coalesce(order_id, 0), type, data, {_ledger_time("date_create")}
        from raw_bitrix.b_sale_order_change
        where _next_seq is null and type = 'ORDER_STATUS_CHANGED'""",
    "receipts": f"""
        select id, receipt_uid, original_receipt_uid, kind, coalesce({_money("bonus_spent")}, 0),
            coalesce({_money("bonus_earned")}, 0), card_number, {_moment("closed_at")}
        from raw_loyalty.bl_pos_receipt where {STANDING}""",
}

# The end of what is known of the orders: when the older of the two tables was last read.
ORDERS_READ_AT = """
    select case when count(*) = 2 then min(read_at) at time zone %s end
    from (
        select max(finished_at - seconds * interval '1 second') as read_at
        from ops.batch
        where source = 'bitrix' and table_name in ('b_sale_order', 'b_sale_order_change')
        group by table_name
    ) as latest
"""

DDL = """
create schema if not exists loyalty;
create table if not exists loyalty.discrepancy (
    code text not null,
    severity text not null,
    subject_type text not null,
    subject_id text not null,
    account_id bigint,
    expected numeric,
    actual numeric,
    detail text not null,
    rule_version text not null,
    detected_seq bigint not null,
    first_seen timestamptz not null default now(),
    primary key (code, subject_type, subject_id)
)
"""

VALUES = [name for name in RESULT if name not in KEY]
SAME_KEY = " and ".join(f"f.{name} = d.{name}" for name in KEY)
NOW, WAS = (", ".join(f"{alias}.{name}" for name in VALUES) for alias in "fd")
LISTED = ", ".join(RESULT)

REMOVE = f"""
    delete from loyalty.discrepancy as d
    where not exists (select from found_now as f where {SAME_KEY})
"""
CHANGE = f"""
    update loyalty.discrepancy as d set ({", ".join(VALUES)}) = ({NOW})
    from found_now as f where {SAME_KEY} and ({WAS}) is distinct from ({NOW})
"""
ADD = f"""
    insert into loyalty.discrepancy ({LISTED}, detected_seq)
    select {LISTED}, %s from found_now as f
    where not exists (select from loyalty.discrepancy as d where {SAME_KEY})
"""


@dataclass(frozen=True)
class Written:
    """What one reconciliation changed; `counts` has every class, also those at zero."""

    added: int
    changed: int
    removed: int
    counts: dict[str, int]


def read_ledger(
    connection: psycopg.Connection[Any], ledger_zone: str, site_zone: str
) -> tuple[Ledger, int]:
    """The ledger of bronze in one snapshot, and the `_seq` that the snapshot reaches.

    The zones are those of the naive times of the ledger and of the site's orders. The connection
    must not be inside a transaction.
    """
    zones = {"ledger": sql.Literal(ledger_zone), "site": sql.Literal(site_zone)}
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        seq = latest_seq(connection)
        row = connection.execute(ORDERS_READ_AT, [ledger_zone]).fetchone()
        read_at: datetime | None = row[0] if row else None
        frames = {
            name: copy_frame(connection, sql.SQL(query).format(**zones), COLUMNS[name])
            for name, query in QUERIES.items()
        }
    return Ledger(**frames, orders_read_at=read_at), seq


def ensure_discrepancy(connection: psycopg.Connection[Any]) -> None:
    """Create `loyalty.discrepancy` if it is absent; safe to call by several processes at once."""
    with creating(connection):
        connection.execute(DDL)


def write(connection: psycopg.Connection[Any], found: pd.DataFrame, detected_seq: int) -> Written:
    """Make `loyalty.discrepancy` hold exactly `found` (see `reconcile`), in one transaction.

    A discrepancy that still stands keeps `detected_seq` and `first_seen` of its first detection;
    writing the same findings again changes no row.
    """
    ensure_discrepancy(connection)
    with connection.transaction():
        # Readers go on; a second writer waits instead of colliding on the key.
        connection.execute("lock table loyalty.discrepancy in share row exclusive mode")
        connection.execute(
            f"create temporary table found_now on commit drop as "
            f"select {LISTED} from loyalty.discrepancy with no data"
        )
        into = f"copy found_now ({LISTED}) from stdin"
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in found[RESULT].astype("object").itertuples(index=False, name=None):
                copy.write_row([None if pd.isna(value) else value for value in row])
        removed = connection.execute(REMOVE).rowcount
        changed = connection.execute(CHANGE).rowcount
        added = connection.execute(ADD, [detected_seq]).rowcount
        counts = read_counts(connection)
    return Written(added, changed, removed, counts)


def read_counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Number of discrepancies per class, every class present."""
    rows = connection.execute("select code, count(*) from loyalty.discrepancy group by code")
    return {**dict.fromkeys(CLASSES, 0), **{code: int(count) for code, count in rows}}
