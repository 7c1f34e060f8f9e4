"""Bronze tables of the loyalty ledger and of till receipts (our published contracts)."""

from omni_pipeline.bronze import Appended, BronzeTable, Snapshot

SOURCE = "loyalty"

# Ledger and receipts are two contracts: either may be filled alone, half a ledger may not.
REQUIRED = (
    ("bl_loyalty_account", "bl_pos_receipt"),
    ("bl_loyalty_transaction", "bl_pos_receipt"),
)

TABLES = (
    BronzeTable(
        SOURCE,
        "bl_loyalty_account",
        "One row per loyalty account; card-only accounts have no `user_id`.",
        {
            "id": "bigint",
            "user_id": "bigint",
            "card_number": "text",
            "balance": "numeric",
            "created_at": "timestamp",
        },
        key=("id",),
        # Balances change without a clock, and a wrong one must not wait for the daily compare.
        cursor=Snapshot(),
    ),
    BronzeTable(
        SOURCE,
        "bl_loyalty_transaction",
        "One row per ledger entry; positive earns, negative spends and expiries.",
        {
            "id": "bigint",
            "account_id": "bigint",
            "amount": "numeric",
            "type": "text",
            "order_id": "bigint",
            "source": "text",
            "created_at": "timestamp",
        },
        key=("id",),
        happened="created_at",
        cursor=Appended("id"),
        indexes=(("order_id",),),
    ),
    BronzeTable(
        SOURCE,
        "bl_pos_receipt",
        "One row per till receipt; `kind` is sale or return, amounts are in currency units.",
        {
            "id": "bigint",
            "receipt_uid": "text",
            "store_id": "text",
            "till_id": "text",
            "shift_no": "bigint",
            "receipt_no": "bigint",
            "closed_at": "timestamp",
            "kind": "text",
            "original_receipt_uid": "text",
            "total": "numeric",
            "bonus_spent": "numeric",
            "bonus_earned": "numeric",
            "currency": "text",
            "card_number": "text",
            "phone": "text",
            "order_number": "text",
        },
        key=("id",),
        happened="closed_at",
        cursor=Appended("id"),
        optional=frozenset({"order_number"}),
        indexes=(
            ("id",),
            ("receipt_uid",),
            ("original_receipt_uid",),
            ("order_number",),
        ),
    ),
)
