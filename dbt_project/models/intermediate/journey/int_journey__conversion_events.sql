-- One row per conversion as the hourly statistics count it: at its own hour, under the channel, source and
-- campaign of its last non-direct touch.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    logs=true,
    unique_key='conversion_id',
    affected='int_journey__affected_conversions',
    affected_by=['conversion_id'],
    reports={
        'fact': "'event'",
        'fact_id': 'conversion_id',
        'customer_uuid': 'customer_uuid',
        'cell_id': 'cell_id',
        'at': 'at',
    },
    distributed_by='conversion_id',
    indexes=[
        {'columns': ['conversion_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
        {'columns': ['cell_id']},
    ],
) }}

with placed as (
    select
        conversions.*,
        {{ hour_utc('conversions.at') }} as hour_utc,
        credits.channel,
        coalesce(credits.source, '(none)') as source,
        coalesce(credits.campaign, '(none)') as campaign
    from {{ ref('int_journey__affected_conversions') }} as affected
    inner join {{ ref('fct_conversion') }} as conversions
        on affected.conversion_id = conversions.conversion_id
    inner join {{ ref('fct_attribution') }} as credits
        on
            affected.conversion_id = credits.conversion_id
            and credits.model_id = 'last_non_direct'
)

select
    conversion_id,
    customer_uuid,
    at,
    hour_utc,
    {{ cell_id('hour_utc', 'brand', 'region', 'channel', 'source', 'campaign') }} as cell_id,
    brand,
    region,
    channel,
    source,
    campaign,
    (kind = 'lead')::int as leads,
    (kind = 'deal')::int as deals_won,
    (kind = 'order')::int as orders,
    (kind = 'order' and is_paid and not is_cancelled)::int as orders_paid,
    (kind = 'order' and is_cancelled)::int as orders_cancelled,
    (kind = 'receipt')::int as receipts,
    revenue_kopecks,
    refund_kopecks as refunds_kopecks
from placed
