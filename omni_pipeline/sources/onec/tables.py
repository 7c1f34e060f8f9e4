"""Bronze tables of the back office in 1C: one shape for tables, workbooks and CommerceML."""

from omni_pipeline.bronze import BronzeTable, Snapshot

SOURCE = "onec"

CUSTOMER_ORDER = BronzeTable(
    SOURCE,
    "customer_order",
    "One row per customer order of 1C: its number and the year it is dated.",
    {
        "number": "text",
        "year": "bigint",
        "document_id": "text",
        "site_number": "text",
        "ordered_at": "timestamp",
        "status": "text",
        "sum": "numeric",
        "currency": "text",
        "is_paid": "boolean",
        "paid_at": "timestamp",
        "is_cancelled": "boolean",
        "is_posted": "boolean",
        "is_deleted": "boolean",
        "customer_code": "text",
        "customer_name": "text",
        "phone": "text",
        "email": "text",
        "changed_at": "timestamp",
        "origin": "text",
    },
    # 1C counts from one again every year.
    key=("number", "year"),
    cursor=Snapshot(),
    happened="ordered_at",
    indexes=(("number", "year"),),
)

CUSTOMER_ORDER_ITEMS = BronzeTable(
    SOURCE,
    "customer_order_items",
    "One row per customer order of 1C whose lines are told: all of them, in one document.",
    {
        "number": "text",
        "year": "bigint",
        # Whole: a later file with fewer lines leaves none of an earlier one behind.
        "items": "jsonb",
        "origin": "text",
    },
    key=("number", "year"),
    cursor=Snapshot(),
)

TABLES = (CUSTOMER_ORDER, CUSTOMER_ORDER_ITEMS)
