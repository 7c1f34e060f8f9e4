-- One row per cost row, and per part of one that moves from a campaign to the calls it paid for: the
-- advertising cost that channel_performance_daily sums up. Filter by local_date.
{{ config(materialized='view', post_hook="{{ create_explain_day() }}") }}

with carried as (
    {{ carried_numbers() }}
)

select
    cost_id,
    is_moved,
    local_date,
    brand,
    region,
    channel,
    source,
    campaign,
    impressions,
    clicks,
    net_kopecks::bigint as net_kopecks,
    vat_kopecks::bigint as vat_kopecks
from ({{ cost_shared_with_calls() }}) as costs
