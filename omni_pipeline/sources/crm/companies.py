"""Bronze tables of the companies in the CRM, by which nobody is stitched: firms are not people."""

from datetime import timedelta

from omni_pipeline.bronze import BronzeTable, Modified

_SOURCE = "crm"

COMPANY = BronzeTable(
    _SOURCE,
    "company",
    "One row per CRM company with its phones and e-mails.",
    {
        "id": "bigint",
        "title": "text",
        "company_type": "text",
        "industry": "text",
        "assigned_by_id": "bigint",
        "date_create": "timestamptz",
        "date_modify": "timestamptz",
        "origin_id": "text",
        "originator_id": "text",
        "phone": "jsonb",
        "email": "jsonb",
    },
    key=("id",),
    cursor=Modified(("date_modify",), overlap=timedelta(hours=1)),
    indexes=(("id",),),
    uf=True,
    payload=True,
    spared=True,
)

# Without a payload: requisites tell of passports and directors, too. A new one has no DATE_MODIFY.
REQUISITE = BronzeTable(
    _SOURCE,
    "requisite",
    "One row per set of requisites of a CRM contact (entity type 3) or company (entity type 4).",
    {
        "id": "bigint",
        "entity_type_id": "bigint",
        "entity_id": "bigint",
        "rq_inn": "text",
        "rq_kpp": "text",
        "date_create": "timestamptz",
        "date_modify": "timestamptz",
    },
    key=("id",),
    cursor=Modified(("date_create", "date_modify"), overlap=timedelta(hours=1)),
    indexes=(("entity_id",),),
    spared=True,
)
