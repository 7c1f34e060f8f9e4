"""What a run left behind, as tables a person can read in a terminal."""

from collections.abc import Iterator
from typing import Any

import psycopg
from tabulate import tabulate

SOURCES = """
    select source as "source", count(distinct table_name) as "tables",
        sum(rows_in) as "rows in",
        sum(rows_new) as "new", sum(rows_changed) as "changed", sum(rows_deleted) as "deleted",
        sum(rows_unchanged + rows_repeated) as "unchanged", sum(rows_quarantined) as "quarantined"
    from ops.batch
    group by source
    order by source
"""
PROFILES = """
    select
        (select count(*) from marts.bl_customer_profile) as "profiles",
        (select count(*) from marts.customer_identifier) as "identifiers",
        (select count(*) from marts.shared_identifier) as "shared identifiers kept apart",
        (select count(*) from marts.customer_merge_log) as "merges"
"""
CHANNELS = """
    select channel as "channel", sum(sessions) as "sessions", sum(calls) as "calls",
        sum(emails_opened + emails_clicked) as "e-mails", sum(leads) as "leads",
        sum(orders_placed) as "orders placed", sum(orders_paid) as "paid",
        sum(orders_cancelled) as "cancelled", round(sum(revenue_kopecks) / 100.0, 2) as "revenue"
    from marts.bl_omni_stats
    group by channel
    order by sum(revenue_kopecks) desc, channel
"""
MODELS = """
    with credited as (
        select model_id, count(distinct conversion_id) as conversions, sum(credit_kopecks) as credit
        from marts.fct_attribution
        group by model_id
    ),
    earned as (
        select count(*) as conversions, coalesce(sum(revenue_kopecks), 0) as revenue
        from marts.fct_conversion
    )
    select credited.model_id as "model", credited.conversions as "conversions",
        round(credited.credit / 100.0, 2) as "credited",
        round(earned.revenue / 100.0, 2) as "revenue",
        case when credited.credit = earned.revenue then 'equal' else 'DIFFERS' end as "check"
    from credited cross join earned
    order by credited.model_id
"""
LOYALTY = """
    select code as "code", severity as "severity", count(*) as "discrepancies",
        min(detail) as "for example"
    from loyalty.discrepancy
    group by code, severity
    order by code
"""
# What there is to explain in this world: an order that many touches led to, its buyer's phone, and
# the row of the statistics that counts it.
EXAMPLE = """
    select
        credit.conversion_id, min(phone.id_value),
        cell.cell_id, cell.local_date, cell.channel, cell.brand
    from marts.fct_attribution as credit
    inner join marts.fct_conversion as sale on credit.conversion_id = sale.conversion_id
    inner join marts.customer_identifier as phone on sale.customer_uuid = phone.customer_uuid
    inner join marts.bl_omni_stats_facts as fact on credit.conversion_id = fact.fact_id
    inner join marts.bl_omni_stats_local as cell on fact.cell_id = cell.cell_id
    where credit.kind = 'order' and credit.model_id = 'linear' and phone.id_type = 'PHONE'
    group by credit.conversion_id, cell.cell_id, cell.local_date, cell.channel, cell.brand
    order by count(distinct credit.touch_id) desc, credit.conversion_id
    limit 1
"""
SECTIONS = (
    ("Rows per source", SOURCES),
    ("Customers", PROFILES),
    ("Omni-channel statistics by channel (all hours)", CHANNELS),
    ("Attributed revenue by model", MODELS),
    ("Loyalty discrepancies", LOYALTY),
)


def table(headers: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Rows as an aligned text table; numbers keep their digits."""
    return tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)


def query(connection: psycopg.Connection[Any], statement: str) -> tuple[list[str], list[Any]]:
    """Column names and rows of a statement."""
    # A prepared statement is one statement: none can end a read-only transaction and go on.
    cursor = connection.execute(statement, prepare=True)
    return [column.name for column in cursor.description or []], cursor.fetchall()


def sections(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """The summary's parts, each with its title."""
    for title, statement in SECTIONS:
        headers, rows = query(connection, statement)
        yield f"{title}\n{table(headers, rows) if rows else '(none)'}"


def examples(connection: psycopg.Connection[Any]) -> list[str]:
    """Commands that explain something of this warehouse; none while there is nothing to explain."""
    _, rows = query(connection, EXAMPLE)
    return [
        command
        for order, phone, cell, day, channel, brand in rows
        for command in (
            f"omni explain {order}",
            f'omni explain "{phone}"',
            f"omni explain cell {cell}",
            f'omni explain day {day} channel "{channel}" --brand "{brand}"',
            'omni sql "select touched_at, channel, model_id, credit_kopecks from marts.order_path '
            f"where conversion_id = '{order}' order by model_id, touched_at\"",
        )
    ]
