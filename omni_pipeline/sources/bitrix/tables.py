"""Bronze tables of the 1C-Bitrix site database. Secrets (PASSWORD, CHECKWORD …) stay out.

Orders are in sale_tables.py, what is sold in catalog_tables.py.
"""

from omni_pipeline.bronze import Appended, BronzeTable, Modified, OwnedBy, Snapshot
from omni_pipeline.sources.bitrix.catalog_tables import CATALOG_TABLES
from omni_pipeline.sources.bitrix.sale_tables import NEW_IDS, SALE_TABLES, SOURCE

USER_CLOCK = Modified(("timestamp_x", "last_login"), ids=NEW_IDS)

# A shop has accounts and orders; visits, baskets and the rest depend on modules and age.
REQUIRED = (("b_user",), ("b_sale_order",))

TABLES = (
    BronzeTable(
        SOURCE,
        "b_user",
        "One row per site account; technical users (`external_auth_id`) included.",
        {
            "id": "bigint",
            "timestamp_x": "timestamp",
            "login": "text",
            "active": "text",
            "blocked": "text",
            "name": "text",
            "last_name": "text",
            "second_name": "text",
            "personal_birthday": "date",
            "email": "text",
            "personal_phone": "text",
            "personal_mobile": "text",
            "work_phone": "text",
            "date_register": "timestamp",
            "last_login": "timestamp",
            "last_activity_date": "timestamp",
            "lid": "text",
            "xml_id": "text",
            "external_auth_id": "text",
            "bx_user_id": "text",
        },
        key=("id",),
        # Logins move LAST_LOGIN but not TIMESTAMP_X; UF_* writes may move neither.
        cursor=USER_CLOCK,
        optional=frozenset({"blocked", "last_activity_date", "bx_user_id", "personal_birthday"}),
        indexes=(("id", "_seq"),),
    ),
    BronzeTable(
        SOURCE,
        "b_uts_user",
        "One row per site account with user-defined fields; the fields are in `uf`.",
        {"value_id": "bigint"},
        key=("value_id",),
        cursor=OwnedBy("value_id", "b_user", "id", USER_CLOCK, ids=Appended("value_id")),
        uf=True,
        indexes=(("value_id",),),
    ),
    BronzeTable(
        SOURCE,
        "b_user_phone_auth",
        "One row per account with a phone confirmed for login; E.164, the only verified phone.",
        {
            "user_id": "bigint",
            "phone_number": "text",
            "confirmed": "text",
            "date_sent": "timestamp",
        },
        key=("user_id",),
        cursor=Snapshot(),
        optional=frozenset({"date_sent"}),
    ),
    BronzeTable(
        SOURCE,
        "b_sale_fuser",
        "One row per shopping cookie; the anonymous one is deleted by the shop at login.",
        {
            "id": "bigint",
            "date_insert": "timestamp",
            "date_update": "timestamp",
            "user_id": "bigint",
            "code": "text",
        },
        key=("id",),
        cursor=Modified(("date_update",), ids=NEW_IDS),
        indexes=(("user_id",),),
    ),
    *SALE_TABLES,
    *CATALOG_TABLES,
    BronzeTable(
        SOURCE,
        "bl_web_session",
        "One row per visit of the site, appended at its start; published contract of this project.",
        {
            "id": "bigint",
            "fuser_id": "bigint",
            "user_id": "bigint",
            "started_at": "timestamp",
            "last_hit_at": "timestamp",
            "hits": "bigint",
            "landing_url": "text",
            "referrer": "text",
            "utm_source": "text",
            "utm_medium": "text",
            "utm_campaign": "text",
            "utm_content": "text",
            "utm_term": "text",
            "client_id": "text",
        },
        key=("id",),
        forgets=True,
        cursor=Modified(("started_at", "last_hit_at"), ids=NEW_IDS),
        counts=frozenset({"hits"}),
        indexes=(("id",), ("fuser_id",)),
    ),
    BronzeTable(
        SOURCE,
        "b_stat_session",
        "One row per visit as the module `statistic` counts it, kept three days; MySQL sites only.",
        {
            "id": "bigint",
            "guest_id": "bigint",
            "user_id": "bigint",
            "url_from": "text",
            "url_to": "text",
            "date_first": "timestamp",
            "date_last": "timestamp",
            "hits": "bigint",
        },
        key=("id",),
        forgets=True,
        cursor=Modified(("date_first", "date_last"), ids=NEW_IDS),
        optional=frozenset({"url_from", "hits"}),
        counts=frozenset({"hits"}),
        indexes=(("id",), ("guest_id",)),
    ),
)
