"""The yardstick of bench/hourly.py: what follows identity, from raw rows to hourly statistics, in
DuckDB on two threads.

Included: visits cut by silence and campaign, their tags and hosts, letters, provider events, calls
made of their channel events, CRM activities, sources of leads, till visits; channels, customers by
identifier; leads, orders with the money received and given back, deals, till sales with returns,
money at the rate of the day; 90-day paths; credits of six models; cost without VAT by hour;
statistics by hour with distinct and new customers. Left out, so that it has less to do than the
models: versions, odd encodings, own and payment hosts, unusable phones and e-mails, the rules as
data (the channels that this shop's tags meet are written down), the match of calls with the
exchange's (all of this shop's match), first touches, months, indexes, the queue.

Identity is given (marts.customer_identifier). Export and Parquet are preparation and not measured.
"""

import importlib
import os
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

THREADS = 2
# What DuckDB is given: raw columns and the published identifiers.
INPUTS = {
    "session": "raw_bitrix.bl_web_session: id fuser_id user_id started_at last_hit_at"
    " landing_url referrer",
    "orders": "raw_bitrix.b_sale_order: id user_id date_insert status_id payed canceled price"
    " sum_paid currency",
    "answer": "raw_bitrix.b_sale_order_props_value: order_id order_props_id value",
    "payment": "raw_bitrix.b_sale_order_payment: order_id sum paid is_return",
    "recipient": "raw_subscribe.b_sender_posting_recipient: id contact_id",
    "contact": "raw_subscribe.b_sender_contact: id code",
    "posting": "raw_subscribe.b_sender_posting: id mailing_id",
    "opened": "raw_subscribe.b_sender_posting_read: id posting_id recipient_id date_insert",
    "clicked": "raw_subscribe.b_sender_posting_click: id posting_id recipient_id date_insert",
    "event": "raw_esp.bl_email_events: id event email campaign_id event_at payload",
    "cel": "raw_cel.cel: id eventtype eventtime cid_num exten context uniqueid linkedid",
    "activity": "raw_crm.activity: id owner_id owner_type_id type_id provider_id direction"
    " start_time",
    "lead": "raw_crm.lead: id contact_id status_semantic_id date_create utm_source utm_medium",
    "deal": "raw_crm.deal: id contact_id stage_semantic_id opportunity date_create origin_id",
    "stage": "raw_crm.stage_history: owner_id created_time stage_semantic_id",
    "receipt": "raw_loyalty.bl_pos_receipt: id receipt_uid closed_at kind original_receipt_uid"
    " total card_number phone",
    "cost": "raw_ads.campaign_cost: provider campaign_name day cost vat_rate",
}
IDENTIFIERS = "select id_type, id_value, customer_uuid from marts.customer_identifier"

# Columns whose text may look like a number.
TEXTS = (
    "card_number", "phone", "cid_num", "exten", "value", "id_value", "campaign_id", "linkedid",
    "uniqueid", "origin_id", "payload",
)  # fmt: skip
# What both sides must agree on: counts and sums of the tables that both made.
AGREE = {
    "touches": ("select count(*) from touch", "select count(*) from marts.fct_touch"),
    "known touches": (
        "select count(customer_uuid) from touch",
        "select count(customer_uuid) from marts.fct_touch",
    ),
    "conversions": ("select count(*) from conversion", "select count(*) from marts.fct_conversion"),
    "revenue": (
        "select sum(revenue) from conversion",
        "select sum(revenue_kopecks) from marts.fct_conversion",
    ),
    "cost": (
        "select sum(kopecks) from spent",
        "select sum(spend_kopecks) from marts.bl_omni_stats",
    ),
    "credits": ("select count(*) from credit", "select count(*) from marts.fct_attribution"),
    "rows of statistics": (
        "select count(*) from statistics",
        "select count(*) from marts.bl_omni_stats",
    ),
    "credit by time": (
        "select sum(kopecks) from credit where model_id = 'time_decay' and channel = 'Email'",
        "select sum(credit_kopecks) from marts.fct_attribution"
        " where model_id = 'time_decay' and channel = 'Email'",
    ),
    "customers by hour": (
        "select sum(customers * 7 + new_customers) from statistics",
        "select sum(customers * 7 + new_customers) from marts.bl_omni_stats",
    ),
}


def available() -> bool:
    """Whether DuckDB can be imported here."""
    return find_spec("duckdb") is not None


def parts() -> dict[str, str]:
    """The statements of hour_duckdb.sql by part."""
    text = Path(__file__).with_suffix(".sql").read_text()
    return dict(part.split("\n", 1) for part in text.split("\n-- part: ")[1:])


def export(connection: psycopg.Connection[Any], folder: Path) -> None:
    """Write the inputs as CSV, standing versions only."""
    queries = {"identifier": IDENTIFIERS}
    for name, written in INPUTS.items():
        table, columns = written.split(": ")
        listed = ", ".join(f'"{column}"' for column in columns.split())
        queries[name] = f"select {listed} from {table} where _next_seq is null and not _deleted"
    connection.execute("set timezone = 'UTC'")
    for name, query in queries.items():
        with (
            open(folder / f"{name}.csv", "wb") as file,
            connection.cursor() as cursor,
            cursor.copy(f"copy ({query}) to stdout (format csv, header)") as copy,
        ):
            for block in copy:
                file.write(block)


def prepare(folder: Path) -> None:
    """CSV to Parquet, the way such data would lie in a lake."""
    duckdb = importlib.import_module("duckdb")
    with duckdb.connect(config={"threads": THREADS}) as session:
        session.execute("set timezone = 'UTC'")
        for csv in sorted(folder.glob("*.csv")):
            with open(csv) as file:
                columns = file.readline().strip().split(",")
            types = {name: "varchar" for name in columns if name in TEXTS}
            session.execute(
                f"copy (select * from read_csv('{csv}', header = true, types = {types},"
                f" sample_size = -1)) to '{csv.with_suffix('.parquet')}' (format parquet)"
            )
            csv.unlink()


def measure(
    connection: psycopg.Connection[Any], folder: Path
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Wall and CPU seconds by part, and what differs from the marts of the same base."""
    duckdb = importlib.import_module("duckdb")
    spent = {}
    with duckdb.connect(config={"threads": THREADS, "memory_limit": "8GB"}) as session:
        session.execute("set timezone = 'UTC'")
        for parquet in folder.glob("*.parquet"):
            session.execute(f"create view {parquet.stem} as select * from '{parquet}'")
        for name, part in parts().items():
            wall, cpu = time.perf_counter(), os.times()
            session.execute(part)
            now = os.times()
            spent[name] = {
                "wall": time.perf_counter() - wall,
                "cpu": now.user + now.system - cpu.user - cpu.system,
            }
        differing = []
        for name, (theirs, ours) in AGREE.items():
            found = session.execute(theirs).fetchone()[0]
            row = connection.execute(ours).fetchone()
            assert row is not None
            if found != row[0]:
                differing.append(f"{name}: DuckDB {found:,}, the marts {row[0]:,}")
    return spent, differing
