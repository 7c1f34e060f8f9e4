-- One row per cost row with a known exchange rate: what a campaign cost on a day and what came of it at the
-- network, under the brand, region, channel, source and campaign of the visits it paid for.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    logs=true,
    unique_key=['cost_id'],
    affected='int_ads__changed_costs',
    affected_by=['cost_id'],
    shown_by={
        'channel_performance_daily': 'performance_by_day',
        'channel_performance_monthly': 'performance_by_month',
    },
    distributed_by='cost_id',
    indexes=[
        {'columns': ['cost_id'], 'unique': true},
        {'columns': ['local_date']},
    ],
) }}
-- depends_on: {{ ref('int_ads__changed_costs') }}

select
    cost_id,
    local_date,
    brand,
    region,
    channel,
    rule_id,
    source,
    campaign,
    medium,
    joined_by,
    impressions,
    clicks,
    net_kopecks,
    vat_kopecks,
    currency,
    rate::numeric(20, 8) as rate,
    provider,
    account,
    campaign_id,
    campaign_name,
    network,
    seq
from {{ ref('int_ads__costs') }}
where quarantine_reason is null
