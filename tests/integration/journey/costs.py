"""The part of the small project of facts that advertising cost takes: real from bronze on."""

from tests.replay.compare import Published

COSTS = "raw_ads.campaign_cost"
SHOWN = ("brand", "channel", "source", "campaign", "model_id", "basis")
TABLES = (
    Published("intermediate.int_ads__spend", ("cost_id",)),
    Published("intermediate.int_ads__spend_hours", ("cost_id", "hour_utc")),
    Published("marts.spend_quarantine", ("cost_id",)),
    Published("marts.channel_performance_daily", ("local_date", *SHOWN)),
    Published("marts.channel_performance_monthly", ("local_month", *SHOWN)),
)
