"""The models behind the facts, over facts that a test invents.

`project_of_facts` makes a small dbt project: the real models, macros and data tests that follow
from fct_touch and fct_conversion, and in place of everything before them a table per fact that
shows what the test told (schema `told`). So a test can move any touch anywhere; cost is landed.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from psycopg.rows import dict_row

from tests.conftest import REPOSITORY
from tests.integration.journey import costs
from tests.replay.compare import Published
from tests.replay.runner import Replay
from tests.replay.scopes import JOURNEYS, Scope

Row = dict[str, Any]
PROJECT = REPOSITORY / "dbt_project"
JOURNEY_MODELS = (
    "stale", "affected_conversions", "paths", "path_steps", "conversion_events", "omni_events",
    "affected_customers", "firsts", "affected_cells", "customer_orders", "order_months",
)  # fmt: skip
FILES = (
    "dbt_project.yml",
    "profiles.yml",
    "seeds/_journey__seeds.yml",
    "seeds/attribution_models.csv",
    "seeds/attribution_weights.csv",
    "seeds/brand_margins.csv",
    "seeds/call_tracking_numbers.csv",
    "seeds/channel_rules.csv",
    "models/staging/_ops__sources.yml",
    *(f"models/intermediate/journey/int_journey__{name}.sql" for name in JOURNEY_MODELS),
    *(f"{file.relative_to(PROJECT)}" for file in PROJECT.glob("models/inter*/attribution/*.sql")),
    "models/marts/attribution/fct_attribution.sql",
    "models/marts/attribution/fct_attribution_daily.sql",
    "models/marts/attribution/order_path.sql",
    *(
        f"models/marts/attribution/{name}.sql"
        for name in ("attribution_model", "channel_rule", "conversion_identifier")
    ),
    "models/marts/omni/bl_omni_stats.sql",
    "models/marts/omni/bl_omni_stats_local.sql",
    "models/marts/omni/data_as_of.sql",
    *(f"models/marts/sales/orders_by_first_{what}.sql" for what in ("channel", "source")),
    "models/marts/customers/bl_customer_profile.sql",
    "tests/assert_changed_credit_equals_revenue.sql",
    "tests/assert_changed_hours_add_up_to_facts.sql",
    "tests/assert_credit_equals_revenue.sql",
    "tests/assert_daily_credit_adds_up_to_credits.sql",
    "tests/assert_hours_add_up_to_days.sql",
    "tests/assert_first_orders_add_up_to_facts.sql",
    "tests/assert_hours_add_up_to_facts.sql",
    *costs.FILES,
    "tests/assert_journeys_add_up_to_facts.sql",
    "tests/assert_orders_credit_nothing_they_caused.sql",
    "tests/assert_journey_sums_agree.sql",
)
# Generic tests are asked for by descriptions, and those of seeds come along.
GENERIC = PROJECT / "tests" / "generic"
SOURCES = """
version: 2
sources:
  - {name: told, schema: told, tables: [{name: touch}, {name: conversion}, {name: customer}]}
"""
FACT = """
{{{{ config(
    materialized='incremental', incremental_strategy='replace', unique_key='{key}',
    affected='int_journey__told_{name}', affected_by=['{key}'],
    shown_by={{'channel_performance_monthly': 'performance_by_month'}},
    reports={{'fact': "'{name}'", 'fact_id': '{key}', 'customer_uuid': 'customer_uuid',
              'at': 'at'{more}}},
    indexes=[{{'columns': ['{key}'], 'unique': true}}, {{'columns': ['customer_uuid', 'at']}},
             {{'columns': ['at']}}{indexes}],
) }}}}
-- depends_on: {{{{ ref('int_journey__told_{name}') }}}}, {{{{ ref('int_journey__stale') }}}}
select {columns} from {{{{ source('told', '{name}') }}}} as told
"""
NEWS = """
{{{{ config(news=true) }}}}
select {key} from {{{{ source('told', '{name}') }}}}
{{% if not is_whole() %}}
union
select {key} from {{{{ this.incorporate(path={{'schema': 'marts', 'identifier': 'fct_{name}'}}) }}}}
{{% endif %}}
"""
HOUR = "{{ hour_utc('at') }}"
CELL = "{{ cell_id(hour_utc('at'), 'brand', 'region', 'channel', 'source', 'campaign') }}"
VIEWS = {
    "int_identity__affected": "select null::uuid as customer_uuid, null::uuid as birth_uuid,"
    " true as is_restated, true as is_former where false",
    "int_identity__nodes": "select 0 as node_id, null::uuid as birth_uuid, '' as id_type,"
    " '' as id_value",
    "int_identity__displayed": "select customer_uuid, 1::bigint as user_id,"
    " 1::bigint as crm_contact_id, ''::text as email, ''::text as phone"
    " from {{ source('told', 'customer') }}",
    "customer_identifier": "select customer_uuid, 'USER'::text as id_type, '1'::text as id_value,"
    " '2026-01-01'::timestamptz as first_seen, '2026-01-01'::timestamptz as last_seen"
    " from {{ source('told', 'customer') }}",
    **dict.fromkeys(
        ("bl_customer_alias", "shared_identifier", "customer_uuid_history",
         "conversion_quarantine"), "select 1 as nothing"),
    "customer_merge_log": "{{ config(post_hook='{{ create_explain_identity(this.schema) }}') }}"
    " select 1",
    "int_journey__conversion_identifiers": "select '' as conversion_id, 1 as place, '' as id_type,"
    " '' as id_value where false",
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
    Published("intermediate.fct_attribution__changes", ("change_no",)),
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
    Published("marts.data_as_of", ("up_to_seq",), ignore=("as_of", "published_at")),
)
SCOPE = Scope(("path:models", "path:seeds"), TABLES)


def project_of_facts(folder: Path) -> Path:
    """Write the small project under `folder`."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    shutil.copytree(PROJECT / "macros", folder / "macros")
    shutil.copytree(GENERIC, folder / "tests" / "generic")
    intermediate, marts = folder / "models/intermediate/journey", folder / "models/marts/omni"
    (folder / "models/staging/told.yml").write_text(SOURCES)
    for name, query in VIEWS.items():
        place = intermediate if name.startswith("int_") else marts
        (place / f"{name}.sql").write_text("{{ config(materialized='view') }}\n" + query)
    for name, more, indexes, columns in (
        ("touch", ", 'cell_id': 'cell_id'", ", {'columns': ['cell_id']}",
         f"told.*, {HOUR} as hour_utc, {CELL} as cell_id"),
        ("conversion", "", "", "told.*"),
    ):  # fmt: skip
        key = f"{name}_id"
        (intermediate / f"int_journey__told_{name}.sql").write_text(NEWS.format(key=key, name=name))
        (marts / f"fct_{name}.sql").write_text(
            FACT.format(key=key, name=name, more=more, indexes=indexes, columns=columns)
        )
    return folder


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
        yield replay
    finally:
        replay.close()


def rows(url: str, query: str) -> list[Row]:
    """Rows of a query as dictionaries."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return list(connection.execute(query))
