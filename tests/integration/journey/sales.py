"""A warehouse whose orders, deals, receipts and payments a test tells hour by hour.

`project_of_sales` makes a small dbt project: the real staging views and models of conversions, and
in place of identity accounts that are customers by their e-mail, else by themselves.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from tests.integration.journey.shop import Shop
from tests.integration.part_of_project import part_of_project
from tests.replay.compare import Published
from tests.replay.scopes import Scope
from tests.replay.sources import Address, Row

WANTED = ("fct_conversion", "conversion_quarantine", "conversion_identifier")
CUSTOMERS = """
{{ config(
    materialized='keyed', schema='marts',
    key=['id_type', 'id_value'], unique_key=['id_type', 'id_value'],
    follows={
        'stg_people': [
            {'by': {'id_type': "'USER'", 'id_value': 'user_id'}},
            {'by': {'id_type': "'PHONE'", 'id_value': 'phone'}},
        ],
    },
    indexes=[{'columns': ['id_type', 'id_value'], 'unique': true}],
) }}
select 'USER' as id_type, user_id as id_value, customer_uuid from {{ ref('stg_people') }}
union all
select 'PHONE', phone, min(customer_uuid::text)::uuid from {{ ref('stg_people') }}
where phone is not null
group by phone
"""
PEOPLE = """
select
    u.id::text as user_id, u.personal_phone as phone, u._seq, u._next_seq,
    md5(coalesce(lower(u.email), 'account ' || u.id))::uuid as customer_uuid
from {{ source('raw_bitrix', 'b_user') }} as u
where {{ standing('u') }}
"""

ORDERS, ARCHIVE = "raw_bitrix.b_sale_order", "raw_bitrix.b_sale_order_archive"
PAYMENTS, VALUES = "raw_bitrix.b_sale_order_payment", "raw_bitrix.b_sale_order_props_value"
PROPERTIES, USERS = "raw_bitrix.b_sale_order_props", "raw_bitrix.b_user"
DEALS, STAGES, LEADS = "raw_crm.deal", "raw_crm.stage_history", "raw_crm.lead"
RECEIPTS, LEDGER = "raw_loyalty.bl_pos_receipt", "raw_loyalty.bl_loyalty_transaction"

FACTS = "marts.fct_conversion"
TABLES = (
    Published("intermediate.int_journey__orders", ("order_id",)),
    Published("intermediate.int_journey__order_deals", ("deal_id",)),
    Published("intermediate.int_journey__till_receipts", ("receipt_id",)),
    Published("intermediate.int_journey__conversions", ("kind", "source_id")),
    Published("intermediate.int_journey__conversion_customers", ("conversion_id",)),
    Published("intermediate.int_journey__purchases", ("conversion_id",)),
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
        "staging/bitrix/stg_people.sql": PEOPLE,
        "marts/sales/customer_identifier.sql": CUSTOMERS,
    }
    project = part_of_project(folder / "sales", WANTED, written)
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
