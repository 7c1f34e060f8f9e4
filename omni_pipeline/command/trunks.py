"""`omni trunks`: numbers and lines that calls came in on and that no row of the seed names.

Pure reading of the marts. A suggestion, not a mapping: whoever bought the number knows what it
stands for. Calls on such lines are counted under 'Other traffic / Call' until then.
"""

from typing import Any

import psycopg

# Incoming calls only: what an extension dials is the customer's number, not a line of the shop.
# A line counts as mapped at the day of the call, like in int_touches__tagged.
UNMAPPED = """
    select
        trunk as "number or line",
        count(*) as "calls",
        count(distinct id_value) as "callers",
        count(*) filter (where not is_answered) as "missed",
        min(at) as "first call",
        max(at) as "last call"
    from marts.fct_touch
    where touch_type = 'call' and direction = 'in' and channel = %s and trunk is not null
    group by trunk
    order by count(*) desc, trunk
"""
OTHER = "Other traffic / Call"
SEED = "dbt_project/seeds/call_tracking_numbers.csv"
HEADER = (
    "number,utm_source,utm_medium,utm_campaign,channel,is_paid,brand,region,valid_from,valid_to,"
    "cost_campaigns"
)

Found = tuple[list[str], list[tuple[Any, ...]]]


def unmapped(connection: psycopg.Connection[Any]) -> Found:
    """Headers and rows: each unmapped number with its calls, the busiest first."""
    cursor = connection.execute(UNMAPPED, [OTHER])
    return [column.name for column in cursor.description or []], cursor.fetchall()


def suggested_lines(rows: list[tuple[Any, ...]]) -> list[str]:
    """Lines for the seed, one per number, to be completed by a person.

    `utm_source` may not stay empty: without it a CRM ignores the source.
    """
    return [f"{row[0]},FILL_IN,call,,,,,,{row[4]:%Y-%m-%d},," for row in rows]
