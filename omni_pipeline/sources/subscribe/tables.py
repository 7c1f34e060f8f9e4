"""Bronze tables of the site's mailing modules, `sender` and `subscribe`."""

from omni_pipeline.bronze import Appended, BronzeTable, Modified, OwnedBy, Snapshot

SOURCE = "subscribe"

# One of the two modules is enough: addresses, letters and who got them.
REQUIRED = (
    ("b_sender_contact", "b_subscription"),
    ("b_sender_posting", "b_posting"),
    ("b_sender_posting_recipient", "b_posting_email"),
)

TABLES = (
    BronzeTable(
        SOURCE,
        "b_sender_contact",
        "One row per address known to the sender module; `type_id` 1 is e-mail, 2 phone.",
        {
            "id": "bigint",
            "date_insert": "timestamp",
            "date_update": "timestamp",
            "type_id": "bigint",
            "code": "text",
            "user_id": "bigint",
            "blacklisted": "text",
            "is_unsub": "text",
        },
        key=("id",),
        # DATE_UPDATE is null until the first change.
        cursor=Modified(("date_insert", "date_update"), ids=Appended("id")),
        indexes=(("id",),),
        optional=frozenset({"blacklisted", "is_unsub", "type_id"}),
    ),
    BronzeTable(
        SOURCE,
        "b_sender_posting",
        "One row per mailing sent by the sender module.",
        {
            "id": "bigint",
            "mailing_id": "bigint",
            "mailing_chain_id": "bigint",
            "status": "text",
            "date_create": "timestamp",
            "date_send": "timestamp",
            "date_sent": "timestamp",
        },
        key=("id",),
        forgets=True,
        cursor=Snapshot(),
        indexes=(("id",),),
        optional=frozenset({"mailing_chain_id", "date_send"}),
    ),
    BronzeTable(
        SOURCE,
        "b_sender_posting_recipient",
        "One row per mailing and address; status N means sent, Y not yet sent.",
        {
            "id": "bigint",
            "posting_id": "bigint",
            "contact_id": "bigint",
            "status": "text",
            "date_sent": "timestamp",
            "user_id": "bigint",
            "is_read": "text",
            "is_click": "text",
            "is_unsub": "text",
        },
        key=("id",),
        # Rows are born unsent and are updated without a reliable clock: re-read recent ids.
        forgets=True,
        cursor=Appended("id", overlap=20_000),
        indexes=(("id",), ("contact_id",), ("posting_id",)),
        optional=frozenset({"user_id", "is_read", "is_click", "is_unsub"}),
    ),
    BronzeTable(
        SOURCE,
        "b_sender_posting_read",
        "One row per open of a letter; repeats are real repeats.",
        {
            "id": "bigint",
            "posting_id": "bigint",
            "recipient_id": "bigint",
            "date_insert": "timestamp",
        },
        key=("id",),
        forgets=True,
        happened="date_insert",
        cursor=Appended("id"),
        indexes=(("id",), ("recipient_id",), ("posting_id",)),
    ),
    BronzeTable(
        SOURCE,
        "b_sender_posting_click",
        "One row per click in a letter; the module strips its own utm parameters from `url`.",
        {
            "id": "bigint",
            "posting_id": "bigint",
            "recipient_id": "bigint",
            "date_insert": "timestamp",
            "url": "text",
        },
        key=("id",),
        forgets=True,
        cursor=Appended("id"),
        indexes=(("id",), ("recipient_id",), ("posting_id",)),
    ),
    BronzeTable(
        SOURCE,
        "b_sender_posting_unsub",
        "One row per recipient who unsubscribed from a letter.",
        {
            "id": "bigint",
            "posting_id": "bigint",
            "recipient_id": "bigint",
            "date_insert": "timestamp",
        },
        key=("id",),
        forgets=True,
        cursor=Appended("id"),
        indexes=(("id",), ("recipient_id",), ("posting_id",)),
    ),
    BronzeTable(
        SOURCE,
        "b_subscription",
        "One row per subscription of the legacy module; an e-mail may own several users.",
        {
            "id": "bigint",
            "date_insert": "timestamp",
            "date_update": "timestamp",
            "user_id": "bigint",
            "active": "text",
            "email": "text",
            "confirmed": "text",
            "date_confirm": "timestamp",
        },
        key=("id",),
        cursor=Modified(("date_insert", "date_update"), ids=Appended("id")),
        indexes=(("id",),),
    ),
    BronzeTable(
        SOURCE,
        "b_posting",
        "One row per newsletter issue of the legacy module.",
        {
            "id": "bigint",
            "timestamp_x": "timestamp",
            "status": "text",
            "date_sent": "timestamp",
            "subject": "text",
        },
        key=("id",),
        cursor=Snapshot(),
        indexes=(("id",),),
    ),
    BronzeTable(
        SOURCE,
        "b_posting_email",
        "One row per newsletter issue and address; status N means sent. It has no time of its own.",
        {
            "id": "bigint",
            "posting_id": "bigint",
            "status": "text",
            "email": "text",
            "subscription_id": "bigint",
            "user_id": "bigint",
        },
        key=("id",),
        forgets=True,
        cursor=OwnedBy(
            "posting_id", "b_posting", "id", Modified(("timestamp_x",)), ids=Appended("id")
        ),
    ),
)
