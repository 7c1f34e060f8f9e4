"""The models behind the facts, over facts that a test invents.

`project_of_facts` makes a small dbt project: the real models, macros and data tests that follow
from fct_touch and fct_conversion, and in place of everything before them a table per fact that
shows what the test told (schema `told`). So a test can move any touch anywhere; cost is landed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from psycopg.rows import dict_row

from tests.integration.journey import costs
from tests.integration.part_of_project import part_of_project
from tests.replay.compare import Published
from tests.replay.runner import Replay
from tests.replay.scopes import JOURNEYS, Scope

Row = dict[str, Any]
WANTED = (
    "bl_omni_stats_local", "orders_by_first_channel", "orders_by_first_source",
    "bl_customer_profile",
    "order_path", "spend_quarantine", "channel_performance_daily", "channel_performance_monthly",
    "int_attribution__months", "cohort_monthly", "customer_value",
    "data_as_of", "bl_omni_stats_facts", "channel_performance_costs",
)  # fmt: skip
CHECKS = (
    "assert_changed_credit_equals_revenue", "assert_changed_hours_add_up_to_facts",
    "assert_credit_equals_revenue", "assert_daily_credit_adds_up_to_credits",
    "assert_hours_add_up_to_days", "assert_first_orders_add_up_to_facts",
    "assert_hours_add_up_to_facts", "assert_every_cost_is_spent_or_quarantined",
    "assert_performance_adds_up", "assert_journeys_add_up_to_facts",
    "assert_orders_credit_nothing_they_caused", "assert_journey_sums_agree",
    "assert_metrics_agree",
)  # fmt: skip
SOURCES = """
version: 2
sources:
  - {name: told, schema: told, tables: [{name: touch}, {name: conversion}, {name: customer},
     {name: touch_key}, {name: conversion_key}]}
"""
# Whatever was ever told may have changed: the engine compares it all with what stands.
FACT = """
{{{{ config(
    materialized='keyed', key='{key}', unique_key='{key}', schema='marts',
    follows={{'told_{name}s': '{key}'}},
    indexes=[{{'columns': ['{key}'], 'unique': true}}, {{'columns': ['customer_uuid', 'at']}},
             {{'columns': ['at']}}{indexes}],
) }}}}
select {columns} from {{{{ ref('told_{name}s') }}}} as told
"""
TOLD = """
{{{{ config(materialized='view', changes='ever_told_{name}s') }}}}
{{%- set changes = ref('ever_told_{name}s') %}}
select * from {{{{ source('told', '{name}') }}}}
"""
EVER_TOLD = """
{{{{ config(materialized='view') }}}}
select {key} from {{{{ source('told', '{name}_key') }}}}
"""
REMEMBER = """
create table told.{name}_key ({name}_id text primary key);
create function told.remember_{name}() returns trigger language plpgsql as $$
begin
    insert into told.{name}_key select new.{name}_id on conflict do nothing;
    return null;
end $$;
create trigger remember after insert on told.{name}
for each row execute function told.remember_{name}();
"""
HOUR = "date_trunc('hour', at, 'UTC')"
CELL = f"""{{{{ cell_id("{HOUR}", 'brand', 'region', 'channel', 'source', 'campaign') }}}}"""
# Nobody's identifiers change.
FOLLOWED = "{{ config(changes='int_identity__affected') }} -- {{ ref('int_identity__affected') }}\n"
VIEWS = {
    "int_identity__affected": "select null::uuid as customer_uuid, null::uuid as birth_uuid,"
    " true as is_restated, true as is_former where false",
    "int_identity__nodes": "select 0 as node_id, null::uuid as birth_uuid, '' as id_type,"
    " '' as id_value",
    "int_identity__displayed": FOLLOWED + "select customer_uuid, 1::bigint as user_id,"
    " 1::bigint as crm_contact_id, ''::text as email, ''::text as phone"
    " from {{ source('told', 'customer') }}",
    "customer_identifier": FOLLOWED
    + "select customer_uuid, 'USER'::text as id_type, '1'::text as id_value,"
    " '2026-01-01'::timestamptz as first_seen, '2026-01-01'::timestamptz as last_seen"
    " from {{ source('told', 'customer') }}",
    **dict.fromkeys(
        ("bl_customer_alias", "shared_identifier", "customer_uuid_history",
         "conversion_quarantine"), "select 1 as nothing"),
    "customer_merge_log": "{{ config(post_hook='{{ create_explain_identity(this.schema) }}') }}"
    " select 1",
    "conversion_identifier": "{{ config(schema='marts') }}"
    " select '' as conversion_id, 1 as place, '' as id_type, '' as id_value where false",
}  # fmt: skip
COLUMNS = {
    "touch": "touch_id text primary key, customer_uuid uuid, at timestamptz, touch_type text,"
    " source text, medium text, campaign text, channel text, is_direct boolean, is_on_path boolean,"
    " direction text, is_answered boolean, is_machine boolean, brand text, region text,"
    " source_priority smallint, rule_id text, id_type text, id_value text, about text",
    "conversion": "conversion_id text primary key, kind text, customer_uuid uuid, at timestamptz,"
    " status text, is_paid boolean, is_cancelled boolean, is_first boolean,"
    " revenue_kopecks bigint, margin_kopecks bigint, refund_kopecks bigint, brand text,"
    " region text, order_id bigint, order_number text, deal_id bigint, opened_at timestamptz",
    "customer": "customer_uuid uuid primary key",
}
CELL_KEY = ("hour_utc", "brand", "region", "channel", "source", "campaign")
DAILY_KEY = (
    "local_date", "brand", "region", "channel", "source", "campaign", "model_id", "basis",
)  # fmt: skip
TABLES = (
    *JOURNEYS,
    Published("marts.fct_touch", ("touch_id",)),
    Published("marts.fct_conversion", ("conversion_id",)),
    Published("marts.fct_attribution", ("conversion_id", "model_id", "position")),
    Published("marts.fct_attribution_daily", DAILY_KEY),
    Published("intermediate.int_attribution__steps__changes", ("change_no",)),
    Published("intermediate.int_journey__conversion_events", ("conversion_id",)),
    Published("intermediate.int_journey__firsts", ("customer_uuid",)),
    *costs.TABLES,
    Published("marts.bl_omni_stats", CELL_KEY),
    Published("marts.bl_omni_stats_local", CELL_KEY),
    Published("intermediate.int_journey__customer_orders", ("owner", "local_month", "brand")),
    Published(
        "intermediate.int_journey__order_months",
        ("local_month", "brand", "first_channel", "first_source"),
    ),
    Published("intermediate.int_journey__customer_orders__changes", ("change_no",)),
    Published("marts.orders_by_first_channel", ("local_month", "brand", "first_channel")),
    Published("marts.orders_by_first_source", ("local_month", "brand", "first_source")),
    Published("marts.bl_customer_profile", ("customer_uuid",)),
    Published("intermediate.int_customers__value", ("customer_uuid",)),
    Published("intermediate.int_customers__purchase_months", ("customer_uuid", "months_since")),
    Published("intermediate.int_customers__purchase_months__changes", ("change_no",)),
    Published(
        "intermediate.int_customers__cohort_sums",
        ("cohort_month", "first_channel", "brand", "months_since"),
    ),
    Published("marts.data_as_of", ("up_to_seq",), ignore=("as_of", "published_at")),
)
SCOPE = Scope(("path:models", "path:seeds"), TABLES)


def project_of_facts(folder: Path) -> Path:
    """Write the small project under `folder`."""
    written = {
        f"{'facts' if name.startswith('int_') else 'marts'}/{name}.sql": (
            "{{ config(materialized='view') }}\n" + query
        )
        for name, query in VIEWS.items()
    }
    written["staging/told.yml"] = SOURCES
    for name, indexes, columns in (
        ("touch", ", {'columns': ['cell_id']}",
         f"told.*, {HOUR} as hour_utc, {CELL} as cell_id"),
        ("conversion", ", {'columns': [owner_of('me') | replace('me.', '')]}", "told.*"),
    ):  # fmt: skip
        key = f"{name}_id"
        written[f"staging/told_{name}s.sql"] = TOLD.format(name=name)
        written[f"staging/ever_told_{name}s.sql"] = EVER_TOLD.format(key=key, name=name)
        written[f"facts/fct_{name}.sql"] = FACT.format(
            key=key, name=name, indexes=indexes, columns=columns
        )
    return part_of_project(folder, WANTED, written, CHECKS)


@contextmanager
def telling(server_url: str, template: str, folder: Path) -> Iterator[Replay]:
    """A replay of the small project; its database ends with it."""
    small = str(project_of_facts(folder / "facts"))
    with mock.patch.dict(os.environ, OMNI_REPLAY_PROJECT=small):
        replay = Replay(server_url, template, folder, SCOPE)
    try:
        with psycopg.connect(replay.url) as connection:
            connection.execute("create schema told")
            for name, columns in COLUMNS.items():
                connection.execute(f"create table told.{name} ({columns})")
            for name in ("touch", "conversion"):
                connection.execute(REMEMBER.format(name=name))
        yield replay
    finally:
        replay.close()


def rows(url: str, query: str) -> list[Row]:
    """Rows of a query as dictionaries."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return list(connection.execute(query))
