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

STAGING = {
    "bitrix": (
        *("web_sessions", "first_web_session", "stat_sessions", "sessions", "touches"),
        *("fusers", "users", "user_fields", "user_sources"),
    ),
    "cel": ("events", "calls", "touches"),
    "crm": (
        *("activities", "leads", "contacts", "deals", "statuses"),
        *("activity_touches", "source_touches", "touches"),
    ),
}
SILENT = tuple(set(registered()["touches"]) - set(STAGING))
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
    *(
        f"models/facts/touches/{name}.sql"
        for name in ("int_touches__told", "int_touches__tagged", "fct_touch")
    ),
)
CUSTOMERS = """
{{ config(
    materialized='keyed',
    key=['id_type', 'id_value'],
    unique_key=['id_type', 'id_value'],
    follows={
        'stg_bitrix__fusers': {'by': {'id_type': "'FUSER'", 'id_value': 'entry.fuser_id::text'}},
        'stg_bitrix__users': {'by': {'id_type': "'PHONE'", 'id_value': 'personal_phone'}},
    },
) }}
select
    'FUSER' as id_type,
    f.fuser_id::text as id_value,
    md5(coalesce('account ' || f.user_id, 'cookie ' || f.fuser_id))::uuid as customer_uuid
from {{ ref('stg_bitrix__fusers') }} as f
union all
select 'PHONE', u.personal_phone, md5('account ' || u.user_id)::uuid
from {{ ref('stg_bitrix__users') }} as u
where u.personal_phone is not null
"""
QUIET = "select *, null::bigint as _next_seq from {{ ref('stg_cel__touches') }} where false"
# Somebody reads the log of touches.
READER = """
{{ config(
    materialized='sums', unique_key='channel', follows='fct_touch',
    indexes=[{'columns': ['channel'], 'unique': true}],
) }}
select channel, count(*)::bigint as entries from {{ ref('fct_touch') }} group by channel
"""

VISITS, COOKIES = "raw_bitrix.bl_web_session", "raw_bitrix.b_sale_fuser"
USERS, EVENTS, ACTIVITIES = "raw_bitrix.b_user", "raw_cel.cel", "raw_crm.activity"
FACTS, LOG = "marts.fct_touch", "intermediate.fct_touch__changes"
TABLES = (
    *(Published(f"staging.stg_{source}__touches", ("touch_id",)) for source in STAGING),
    Published(FACTS, ("touch_id",)),
)
SCOPE = Scope(("path:models", "path:seeds"), TABLES)
DAY = "2026-03-01"


@contextmanager
def coming_by(server_url: str, template: str, folder: Path) -> Iterator["Traffic"]:
    """A shop nobody has come to; its warehouse ends with it."""
    written = {f"staging/stg_{source}__touches.sql": QUIET for source in SILENT}
    written["marts/customer_identifier.sql"] = CUSTOMERS
    written["marts/reader.sql"] = READER
    for name in written:
        (folder / "traffic" / "models" / name).parent.mkdir(parents=True, exist_ok=True)
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

    def _publish(self) -> None:
        """The end of a run; `reported` is what it left in the change log of touches."""
        self.reported = self.rows(f"select * from {LOG}")
        super()._publish()

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
        return {row["touch_id"] for row in self.reported}
