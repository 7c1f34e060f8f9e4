"""The part of the small project of facts that advertising cost takes: real from bronze on."""

from tests.replay.compare import Published

COSTS = "raw_ads.campaign_cost"
SHOWN = ("brand", "region", "channel", "source", "campaign", "model_id", "basis")
SEEDS = (
    "ad_networks", "campaign_names", "click_ids", "exchange_rates", "payment_providers",
    "referrer_hosts", "source_categories",
)  # fmt: skip
MODELS = ("changed_costs", "joined_costs", "costs", "spend", "spend_hours")
MARTS = (
    "spend_quarantine", "channel_performance_costs", "channel_performance_daily",
    "channel_performance_monthly",
)  # fmt: skip
FILES = (
    "seeds/_ads__seeds.yml",
    *(f"seeds/{name}.csv" for name in SEEDS),
    "models/staging/ads/_ads__sources.yml",
    "models/staging/ads/stg_ads__campaign_costs.sql",
    "models/staging/ads/stg_ads__campaign_cost_versions.sql",
    *(f"models/intermediate/ads/int_ads__{name}.sql" for name in MODELS),
    *(f"models/marts/attribution/{name}.sql" for name in MARTS),
    "tests/assert_every_cost_is_spent_or_quarantined.sql",
    "tests/assert_performance_adds_up.sql",
)
TABLES = (
    Published("intermediate.int_ads__spend", ("cost_id",)),
    Published("intermediate.int_ads__spend_hours", ("cost_id", "hour_utc")),
    Published("marts.spend_quarantine", ("cost_id",)),
    Published("marts.channel_performance_daily", ("local_date", *SHOWN)),
    Published("marts.channel_performance_monthly", ("local_month", *SHOWN)),
)
