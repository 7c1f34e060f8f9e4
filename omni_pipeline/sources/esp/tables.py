"""Bronze tables of the e-mail providers: the site's event table, UniSender and SendPulse."""

from datetime import timedelta

from omni_pipeline.bronze import Appended, BronzeTable, Modified, Snapshot

SOURCE = "esp"

REQUIRED = (("bl_email_events",),)

EMAIL_EVENTS = BronzeTable(
    SOURCE,
    "bl_email_events",
    "One row per provider event (sent, delivered, open, click, …); published contract.",
    {
        "id": "bigint",
        "provider": "text",
        "event": "text",
        "email": "text",
        "campaign_id": "text",
        "message_id": "text",
        "url": "text",
        "event_at": "timestamp",
        "payload": "jsonb",
        "received_at": "timestamp",
    },
    key=("id",),
    forgets=True,
    happened="event_at",
    cursor=Appended("id"),
    indexes=(("id",), ("email",), ("message_id",)),
)

UNISENDER_CAMPAIGN = BronzeTable(
    SOURCE,
    "unisender_campaign",
    "One row per UniSender campaign (getCampaigns).",
    {"id": "bigint", "subject": "text", "status": "text", "start_time": "timestamp"},
    key=("id",),
    indexes=(("id",),),
    forgets=True,
    cursor=Snapshot(),
    payload=True,
)

UNISENDER_DELIVERY = BronzeTable(
    SOURCE,
    "unisender_delivery",
    "One row per UniSender campaign and recipient: the last state (getCampaignDeliveryStats).",
    {
        "campaign_id": "bigint",
        "email": "text",
        "send_result": "text",
        "last_update": "timestamp",
        "phone": "text",  # of a campaign by SMS; `email` then holds the same, for the key
    },
    key=("campaign_id", "email"),
    forgets=True,
    cursor=Modified(("last_update",), overlap=timedelta(hours=1)),
    indexes=(("email",), ("campaign_id",)),
)

SENDPULSE_CAMPAIGN = BronzeTable(
    SOURCE,
    "sendpulse_campaign",
    "One row per SendPulse campaign with its totals.",
    {"id": "bigint", "name": "text", "status": "bigint", "send_date": "timestamp"},
    key=("id",),
    forgets=True,
    cursor=Snapshot(),
    payload=True,
)

SENDPULSE_EMAIL = BronzeTable(
    SOURCE,
    "sendpulse_email",
    "One row per letter sent through SendPulse SMTP with its opens and clicks.",
    {
        "id": "text",
        "recipient": "text",
        "subject": "text",
        "send_date": "timestamp",
        "smtp_answer_code": "bigint",
        "opened": "bigint",
        "clicked": "bigint",
    },
    key=("id",),
    forgets=True,
    cursor=Modified(("send_date",), overlap=timedelta(days=3)),
    indexes=(("id",),),
    payload=True,
)

TABLES = (
    EMAIL_EVENTS,
    UNISENDER_CAMPAIGN,
    UNISENDER_DELIVERY,
    SENDPULSE_CAMPAIGN,
    SENDPULSE_EMAIL,
)
