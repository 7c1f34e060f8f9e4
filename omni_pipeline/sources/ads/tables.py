"""The bronze table of advertising cost: one shape for every network, file and CRM."""

from datetime import timedelta

from omni_pipeline.bronze import BronzeTable, Modified

SOURCE = "ads"
REREAD_DAYS = 30  # how far back networks are known to restate a day

CAMPAIGN_COST = BronzeTable(
    SOURCE,
    "campaign_cost",
    "One row per provider, account, campaign, network and local day: what advertising cost.",
    {
        "provider": "text",
        "account": "text",
        "campaign_id": "text",
        "campaign_name": "text",
        "campaign_type": "text",
        "network": "text",
        "day": "date",
        "utm_source": "text",
        "utm_medium": "text",
        "utm_campaign": "text",
        "impressions": "bigint",
        "clicks": "bigint",
        "conversions": "numeric",
        "cost": "numeric",
        "currency": "text",
        "vat_included": "boolean",
        "vat_rate": "numeric",
        "origin": "text",
    },
    # `network` is '' where nobody tells it: a key holds no null.
    key=("provider", "account", "campaign_id", "network", "day"),
    cursor=Modified(("day",), overlap=timedelta(days=REREAD_DAYS)),
    counts=frozenset({"impressions", "clicks"}),
    indexes=(("campaign_id", "day"),),
)

TABLES = (CAMPAIGN_COST,)
