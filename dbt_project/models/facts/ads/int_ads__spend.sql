-- One row per cost row with a known exchange rate: what a campaign cost on a day and what came of it at the
-- network, under the brand, region, channel, source and campaign of the visits it paid for.
{{ config(materialized='view') }}

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
    rate,
    provider,
    account,
    campaign_id,
    campaign_name,
    network,
    seq
from {{ ref('int_ads__costs') }}
where quarantine_reason is null
