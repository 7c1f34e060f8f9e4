"""A warehouse whose visits and calls a test tells hour by hour.

`project_of_traffic` makes a small dbt project: the real staging views of site, exchange and CRM and
the models of touches. The other sources are silent, and in place of identity a cookie is a customer
by its account, else by itself, and a phone by the account that has it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omni_pipeline.sources.registry import registered
from tests.integration.journey.shop import Shop, small_project
from tests.replay.compare import Published
from tests.replay.scopes import Scope
from tests.replay.sources import Address, Row

MODELS = ("stale", "changed_touches", "calls", "affected_touches", "touches", "touch_channels")
STAGING = {
    "bitrix": (
        *("web_sessions", "web_session_versions", "stat_sessions", "sessions"),
        *("touches", "touch_changes", "users", "user_fields", "user_sources"),
    ),
    "cel": ("events", "calls", "touches", "touch_changes"),
    "crm": (
        *("activities", "leads", "contacts", "deals", "statuses"),
        *("sources", "source_touches", "touches", "touch_changes"),
    ),
}
SILENT = tuple(registered()["touches"].keys() - STAGING.keys())
SEEDS = (
    *("call_tracking_numbers", "source_categories", "referrer_hosts", "payment_providers"),
    *("click_ids", "channel_rules", "ad_networks", "message_rules", "machine_marks"),
    *("crm_sources", "user_fields"),
)
FILES = (
    "dbt_project.yml",
    "profiles.yml",
    *(f"seeds/{name}.csv" for name in SEEDS),
    "seeds/_journey__seeds.yml",
    "seeds/_crm__seeds.yml",
    "models/staging/_ops__sources.yml",
    *(f"models/staging/{name}/_{name}__sources.yml" for name in STAGING),
    *(
        f"models/staging/{source}/stg_{source}__{name}.sql"
        for source, names in STAGING.items()
        for name in names
    ),
    *(f"models/intermediate/journey/int_journey__{name}.sql" for name in MODELS),
    "models/marts/omni/fct_touch.sql",
)
CUSTOMERS = """
{{ config(materialized='view') }}
select
    'FUSER' as id_type,
    f.id::text as id_value,
    md5(case when f.user_id > 0 then 'account ' || f.user_id else 'cookie ' || f.id end)::uuid
        as customer_uuid
from {{ source('raw_bitrix', 'b_sale_fuser') }} as f
where {{ standing('f') }}
union all
select 'PHONE', u.personal_phone, md5('account ' || u.id)::uuid
from {{ source('raw_bitrix', 'b_user') }} as u
where {{ standing('u') }} and u.personal_phone is not null
"""
AFFECTED = """
{{ config(news=true) }}
{% set fuser = "'FUSER' as id_type, entry.id::text as id_value" %}
{% set phone = "'PHONE' as id_type, entry.personal_phone as id_value" %}
with seen as (
    select {{ fuser }} from {{ source('raw_bitrix', 'b_sale_fuser') }} as entry
    where entry._seq > {{ since('marts') }} or entry._next_seq > {{ since('marts') }}
    union all
    select {{ phone }} from {{ source('raw_bitrix', 'b_user') }} as entry
    where entry._seq > {{ since('marts') }} or entry._next_seq > {{ since('marts') }}
)
select distinct seen.id_type, seen.id_value, known.customer_uuid, true as is_restated
from seen
left join {{ ref('customer_identifier') }} as known
    on seen.id_type = known.id_type and seen.id_value = known.id_value
"""

VISITS, COOKIES = "raw_bitrix.bl_web_session", "raw_bitrix.b_sale_fuser"
USERS, EVENTS, ACTIVITIES = "raw_bitrix.b_user", "raw_cel.cel", "raw_crm.activity"
FACTS = "marts.fct_touch"
TABLES = (
    Published("intermediate.int_journey__calls", ("touch_id",)),
    Published(FACTS, ("touch_id",)),
)
SCOPE = Scope(("path:models", "path:seeds"), TABLES)
DAY = "2026-03-01"


@contextmanager
def coming_by(server_url: str, template: str, folder: Path) -> Iterator["Traffic"]:
    """A shop nobody has come to; its warehouse ends with it."""
    written = {
        f"staging/stg_{source}__{name}.sql": (
            f"select * from {{{{ ref('stg_cel__{name}') }}}} where false"
        )
        for source in SILENT
        for name in ("touches", "touch_changes")
    }
    written["intermediate/journey/int_identity__affected.sql"] = AFFECTED
    written["marts/omni/customer_identifier.sql"] = CUSTOMERS
    project = small_project(folder / "traffic", FILES, ("macros", "tests/generic"), written)
    with Traffic.opened(server_url, template, project, SCOPE) as shop:
        yield shop


class Traffic(Shop):
    """A shop that people visit and call."""

    defaults: Mapping[Address, Row] = {
        VISITS: {"user_id": 0, "hits": 1},
        COOKIES: {"user_id": 0},
        ACTIVITIES: {
            "owner_id": 1, "owner_type_id": 3, "type_id": 2, "provider_id": "VOXIMPLANT_CALL",
            "direction": 1,
        },
    }  # fmt: skip

    def visit(
        self, key: int, cookie: int, start: str, last: str | None = None, **marks: Any
    ) -> None:
        """A visit at a time of the day, with its last hit."""
        self.put(
            VISITS, key, fuser_id=cookie, started_at=f"{DAY} {start}",
            last_hit_at=f"{DAY} {last or start}", **marks,
        )  # fmt: skip

    def event(self, key: int, call: str, kind: str, at: str, channel: str = "1") -> None:
        """The exchange tells of a channel of a call from +7 916 111-11-11."""
        line = {"channame": "PJSIP/line-1", "context": "from-trunk", "cid_num": "+79161111111",
                "exten": "s"}  # fmt: skip
        desk = {"channame": "PJSIP/201-7", "context": "from-internal", "cid_num": "201"}
        self.put(
            EVENTS, key, eventtype=kind, eventtime=f"{DAY} {at}", linkedid=f"{call}.1",
            uniqueid=f"{call}.{channel}", **(line if channel == "1" else desk),
        )  # fmt: skip

    def note(self, key: int, at: str) -> None:
        """The CRM notes a call from the same number."""
        said = {"TYPE": "PHONE", "VALUE": "8 (916) 111-11-11", "ENTITY_ID": "1",
                "ENTITY_TYPE_ID": "3"}  # fmt: skip
        self.put(ACTIVITIES, key, start_time=f"{DAY}T{at}+03:00", communications=[said])

    def touches(self, like: str) -> dict[str, Row]:
        """Published touches whose id begins so, by what follows."""
        found = self.rows(f"select *, xmin::text from {FACTS} where touch_id like '{like}%'")
        return {row["touch_id"].removeprefix(like): row for row in found}

    def written(self) -> set[str]:
        """Touches that the last run wrote again, added or took away."""
        return {row["fact_id"] for row in self.reported}
