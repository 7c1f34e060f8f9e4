"""Bronze tables of the Bitrix24 CRM as its REST API gives them.

Multi-fields (`phone`, `email`) keep the API's arrays of {ID, VALUE_TYPE, VALUE, TYPE_ID}; user
fields (UF_*) are in `uf`; the whole answer is in `payload`. Times carry the portal's offset.
"""

from datetime import timedelta

from omni_pipeline.bronze import BronzeTable, Modified, Snapshot
from omni_pipeline.sources.crm.companies import COMPANY as COMPANY
from omni_pipeline.sources.crm.companies import REQUISITE as REQUISITE

SOURCE = "crm"

_UTM = {
    "utm_source": "text",
    "utm_medium": "text",
    "utm_campaign": "text",
    "utm_content": "text",
    "utm_term": "text",
}
_CLOCK = Modified(("date_modify",), overlap=timedelta(hours=1))

CONTACT = BronzeTable(
    SOURCE,
    "contact",
    "One row per CRM contact with its phones and e-mails.",
    {
        "id": "bigint",
        "name": "text",
        "last_name": "text",
        "second_name": "text",
        "source_id": "text",
        "lead_id": "bigint",
        "company_id": "bigint",
        "assigned_by_id": "bigint",
        "date_create": "timestamptz",
        "date_modify": "timestamptz",
        "origin_id": "text",
        "originator_id": "text",
        **_UTM,
        "phone": "jsonb",
        "email": "jsonb",
    },
    key=("id",),
    cursor=_CLOCK,
    indexes=(("id",), ("lead_id",), ("source_id",)),
    uf=True,
    payload=True,
)

LEAD = BronzeTable(
    SOURCE,
    "lead",
    "One row per CRM lead with its phones and e-mails.",
    {
        "id": "bigint",
        "title": "text",
        "name": "text",
        "last_name": "text",
        "status_id": "text",
        "status_semantic_id": "text",
        "source_id": "text",
        "contact_id": "bigint",
        "company_id": "bigint",
        "assigned_by_id": "bigint",
        "opportunity": "numeric",
        "currency_id": "text",
        "date_create": "timestamptz",
        "date_modify": "timestamptz",
        "date_closed": "timestamptz",
        "origin_id": "text",
        "originator_id": "text",
        **_UTM,
        "phone": "jsonb",
        "email": "jsonb",
    },
    key=("id",),
    cursor=_CLOCK,
    indexes=(("id",), ("source_id",)),
    uf=True,
    payload=True,
)

DEAL = BronzeTable(
    SOURCE,
    "deal",
    "One row per CRM deal; `origin_id` names the site order it was made from, if any.",
    {
        "id": "bigint",
        "title": "text",
        "category_id": "bigint",
        "stage_id": "text",
        "stage_semantic_id": "text",
        "closed": "text",
        "source_id": "text",
        "lead_id": "bigint",
        "contact_id": "bigint",
        "company_id": "bigint",
        "assigned_by_id": "bigint",
        "opportunity": "numeric",
        "currency_id": "text",
        "begindate": "timestamptz",
        "closedate": "timestamptz",
        "date_create": "timestamptz",
        "date_modify": "timestamptz",
        "origin_id": "text",
        "originator_id": "text",
        **_UTM,
    },
    key=("id",),
    cursor=_CLOCK,
    uf=True,
    payload=True,
    indexes=(
        ("id",),
        ("origin_id",),
        ("lead_id",),
        ("contact_id",),
        ("source_id",),
    ),
)

ACTIVITY = BronzeTable(
    SOURCE,
    "activity",
    "One row per CRM activity (call, e-mail, chat, form …); direction 1 is incoming, 2 outgoing.",
    {
        "id": "bigint",
        "owner_id": "bigint",
        "owner_type_id": "bigint",
        "type_id": "bigint",
        "provider_id": "text",
        "provider_type_id": "text",
        "associated_entity_id": "bigint",
        "subject": "text",
        "direction": "bigint",
        "completed": "text",
        "responsible_id": "bigint",
        "created": "timestamptz",
        "last_updated": "timestamptz",
        "start_time": "timestamptz",
        "end_time": "timestamptz",
        "origin_id": "text",
        "originator_id": "text",
        "communications": "jsonb",
    },
    key=("id",),
    cursor=Modified(("last_updated",), overlap=timedelta(hours=1)),
    indexes=(("id",), ("owner_id",)),
    payload=True,
)

STAGE_HISTORY = BronzeTable(
    SOURCE,
    "stage_history",
    "One row per stage entry of a lead (entity type 1) or a deal (entity type 2).",
    {
        "entity_type_id": "bigint",
        "id": "bigint",
        "type_id": "bigint",
        "owner_id": "bigint",
        "created_time": "timestamptz",
        "category_id": "bigint",
        "stage_id": "text",
        "stage_semantic_id": "text",
    },
    key=("entity_type_id", "id"),
    # Leads and deals number their entries apart, so the common cursor is the time.
    cursor=Modified(("created_time",), overlap=timedelta(hours=1)),
    # A deal that moves to another funnel takes what it did in the former one out of sight.
    forgets=True,
    payload=True,
    indexes=(("owner_id",),),
)

STATUS = BronzeTable(
    SOURCE,
    "status",
    "One row per CRM dictionary value: sources, lead statuses, deal stages.",
    {
        "id": "bigint",
        "entity_id": "text",
        "status_id": "text",
        "name": "text",
        "sort": "bigint",
        "semantics": "text",
        "category_id": "bigint",
    },
    key=("id",),
    cursor=Snapshot(),
    indexes=(("status_id",),),
    payload=True,
)

CATEGORY = BronzeTable(
    SOURCE,
    "category",
    "One row per pipeline of deals; number 0 is the one that every portal has.",
    {
        "id": "bigint",
        "name": "text",
        "sort": "bigint",
        "is_default": "text",
    },
    key=("id",),
    cursor=Snapshot(),
    payload=True,
    spared=True,
)

CURRENCY = BronzeTable(
    SOURCE,
    "currency",
    "One row per currency of the CRM with the rate the portal itself converts at.",
    {
        "currency": "text",
        "full_name": "text",
        "amount": "numeric",
        "amount_cnt": "numeric",
        "base": "text",
        "sort": "bigint",
        "date_update": "timestamptz",
    },
    key=("currency",),
    cursor=Snapshot(),
    spared=True,
)

# Without a payload: a portal tells of its staff what no report needs, down to birthdays.
USER = BronzeTable(
    SOURCE,
    "user",
    "One row per employee on the portal, dismissed ones too.",
    {
        "id": "bigint",
        "active": "text",
        "name": "text",
        "last_name": "text",
        "second_name": "text",
        "work_position": "text",
        "uf_department": "jsonb",
        "uf_phone_inner": "text",
    },
    key=("id",),
    cursor=Snapshot(),
    spared=True,
)

# Product rows have no time of their own, and one that is gone shows nowhere: with the deal they do.
PRODUCT_ROWS = BronzeTable(
    SOURCE,
    "product_rows",
    "One row per CRM deal with all its product rows as a list, read when the deal changes.",
    {
        "owner_id": "bigint",
        "date_modify": "timestamptz",
        "rows": "jsonb",
    },
    key=("owner_id",),
    cursor=_CLOCK,
    spared=True,
)

TABLES = (
    CONTACT, LEAD, DEAL, ACTIVITY, STAGE_HISTORY, STATUS, CATEGORY, CURRENCY, USER, PRODUCT_ROWS,
    COMPANY, REQUISITE,
)  # fmt: skip
