"""A warehouse whose orders, deals, receipts and payments a test tells hour by hour.

`project_of_sales` makes a small dbt project: the real staging views and models of conversions, and
in place of identity accounts that are customers by their e-mail, else by themselves.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from tests.integration.journey.shop import PROJECT, Shop, small_project
from tests.replay.compare import Published
from tests.replay.scopes import Scope
from tests.replay.sources import Address, Row

MODELS = (
    *("stale", "changed_receipts", "changed_orders", "changed_conversions", "orders"),
    *("order_contacts", "order_deals", "till_receipts", "order_payments", "order_money"),
    *("order_conversions", "deal_conversions", "receipt_conversions", "lead_conversions"),
    *("conversions", "conversion_identifiers", "restated_conversions"),
)
FILES = (
    "dbt_project.yml",
    "profiles.yml",
    *(
        f"seeds/{name}.csv"
        for name in (
            *("brand_margins", "exchange_rates", "order_brands", "recipient_properties"),
            *("technical_user_types", "technical_users"),
        )
    ),
    "models/staging/_ops__sources.yml",
    *(f"models/staging/{name}/_{name}__sources.yml" for name in ("bitrix", "crm", "loyalty")),
    *(
        f"models/staging/bitrix/stg_bitrix__{name}.sql"
        for name in (
            "orders",
            "archived_orders",
            "payments",
            "order_properties",
            "user_kinds",
            "technical_users",
        )
    ),
    "models/staging/bitrix/stg_bitrix__order_property_values.sql",
    *(
        str(path.relative_to(PROJECT))
        for source in ("bitrix", "crm", "loyalty")
        for path in (PROJECT / "models/staging" / source).glob("*_versions.sql")
    ),
    *(f"models/staging/crm/stg_crm__{name}.sql" for name in ("deals", "leads", "stage_history")),
    *(f"models/staging/loyalty/stg_loyalty__{name}.sql" for name in ("receipts", "transactions")),
    *(f"models/intermediate/journey/int_journey__{name}.sql" for name in MODELS),
    *(f"models/marts/sales/{name}.sql" for name in ("fct_conversion", "conversion_quarantine")),
    "models/marts/sales/_sales__models.yml",
)
CUSTOMERS = """
{{ config(materialized='view') }}
with accounts as (
    select id, personal_phone, md5(coalesce(lower(email), 'account ' || id))::uuid as customer_uuid
    from {{ source('raw_bitrix', 'b_user') }} as u
    where {{ standing('u') }}
)
select 'USER' as id_type, id::text as id_value, customer_uuid from accounts
union all
select 'PHONE', personal_phone, min(customer_uuid::text)::uuid from accounts
where personal_phone is not null
group by personal_phone
"""
AFFECTED = """
{{ config(news=true) }}
with seen as (
    select id, personal_phone from {{ source('raw_bitrix', 'b_user') }}
    where _seq > {{ since('marts') }} or _next_seq > {{ since('marts') }}
)
select 'USER' as id_type, id::text as id_value, true as is_restated from seen
union
select 'PHONE', personal_phone, true from seen where personal_phone is not null
"""

ORDERS, ARCHIVE = "raw_bitrix.b_sale_order", "raw_bitrix.b_sale_order_archive"
PAYMENTS, VALUES = "raw_bitrix.b_sale_order_payment", "raw_bitrix.b_sale_order_props_value"
PROPERTIES, USERS = "raw_bitrix.b_sale_order_props", "raw_bitrix.b_user"
DEALS, STAGES, LEADS = "raw_crm.deal", "raw_crm.stage_history", "raw_crm.lead"
RECEIPTS, LEDGER = "raw_loyalty.bl_pos_receipt", "raw_loyalty.bl_loyalty_transaction"

FACTS = "marts.fct_conversion"
TABLES = (
    Published("intermediate.int_journey__conversion_identifiers", ("conversion_id", "place")),
    Published("marts.conversion_quarantine", ("conversion_id",)),
    Published(FACTS, ("conversion_id",)),
)
SCOPE = Scope(("path:models", "path:seeds"), TABLES)

MARGINS = [
    {"brand": "main", "valid_from": "2026-01-01", "margin_share": 0.3},
    {"brand": "main", "valid_from": "2026-03-03", "margin_share": 0.25},
]
DEFAULTS: Mapping[Address, Row] = {
    ORDERS: {
        "user_id": 7, "lid": "s1", "status_id": "N", "payed": "Y", "canceled": "N", "price": 1000,
        "price_delivery": 0, "currency": "RUB", "date_insert": "2026-03-01 12:00:00",
    },
    ARCHIVE: {
        "user_id": 7, "lid": "s1", "status_id": "F", "payed": "Y", "canceled": "N", "price": 1000,
        "currency": "RUB", "date_insert": "2026-03-01 12:00:00",
        "date_archived": "2026-03-09 12:00:00",
    },
    PAYMENTS: {"paid": "Y", "sum": 1000, "currency": "RUB", "is_return": "N"},
    DEALS: {
        "stage_id": "WON", "stage_semantic_id": "S", "opportunity": 500, "currency_id": "RUB",
        "date_create": "2026-03-02T12:00:00+03:00", "originator_id": "bitrix_site", "uf": {},
    },
    LEADS: {
        "status_id": "NEW", "status_semantic_id": "P", "date_create": "2026-03-02T12:00:00+03:00",
        "uf": {},
    },
    STAGES: {"entity_type_id": 2, "stage_semantic_id": "S", "stage_id": "WON"},
    RECEIPTS: {
        "kind": "sale", "total": 300, "bonus_spent": 0, "currency": "RUB", "card_number": "C1",
        "closed_at": "2026-03-03 12:00:00",
    },
    LEDGER: {"account_id": 1, "type": "spend", "source": "web"},
}  # fmt: skip


@contextmanager
def selling(server_url: str, template: str, folder: Path) -> Iterator["Sales"]:
    """An empty shop; its warehouse ends with it."""
    written = {
        "intermediate/journey/int_identity__affected.sql": AFFECTED,
        "marts/sales/customer_identifier.sql": CUSTOMERS,
    }
    project = small_project(folder / "sales", FILES, ("macros",), written)
    with Sales.opened(server_url, template, project, SCOPE) as shop:
        shop.project.add("brand_margins", MARGINS)
        yield shop


class Sales(Shop):
    """A shop that sells: `fact`, `refused` and `money` say what became of it."""

    defaults = DEFAULTS

    def fact(self, conversion: str) -> Row | None:
        """A published conversion."""
        return self._row(FACTS, conversion)

    def refused(self, conversion: str) -> str | None:
        """Why a conversion is in quarantine."""
        row = self._row("marts.conversion_quarantine", conversion)
        return str(row["reason"]) if row else None

    def money(self, conversion: str) -> tuple[int | Decimal, ...] | None:
        """Gross, refunds, bonuses and net of a published conversion, in units."""
        row = self.fact(conversion)
        names = ("gross", "refund", "bonus", "revenue")
        return tuple(row[f"{name}_kopecks"] / 100 for name in names) if row else None

    def _row(self, table: str, conversion: str) -> Row | None:
        found = self.rows(f"select * from {table} where conversion_id = '{conversion}'")
        return found[0] if found else None
