-- One row per conversion as the hourly statistics count it: at its own hour, under the channel, source and
-- campaign of its last non-direct touch.
{{ config(
    materialized='keyed',
    key='conversion_id',
    unique_key='conversion_id',
    follows={'fct_conversion': 'conversion_id', 'int_attribution__steps': 'conversion_id'},
    reads={
        'fct_conversion': [
            'conversion_id', 'customer_uuid', 'at', 'kind', 'status', 'brand', 'region', 'is_paid', 'is_cancelled',
            'is_first', 'revenue_kopecks', 'refund_kopecks',
        ],
    },
    reads_as_rule=['attribution_models'],
    indexes=[
        {'columns': ['conversion_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
        {'columns': ['cell_id']},
    ],
) }}

with credits as (
    {{ credits_of(ref('int_attribution__steps'), ref('attribution_models')) }}
),

placed as (
    select
        conversions.*,
        {{ is_junk_conversion('conversions') }} as is_junk,
        {{ is_qualified_lead('conversions') }} as is_qualified,
        date_trunc('hour', conversions.at, 'UTC') as hour_utc,
        credits.channel,
        coalesce(credits.source, '(none)') as source,
        coalesce(credits.campaign, '(none)') as campaign
    from {{ ref('fct_conversion') }} as conversions
    inner join credits
        on conversions.conversion_id = credits.conversion_id and credits.model_id = 'last_non_direct'
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
    (kind = 'lead' and not is_junk)::int as leads,
    is_junk::int as leads_junk,
    coalesce(is_qualified, false)::int as leads_qualified,
    (kind = 'deal')::int as deals_won,
    (kind = 'order')::int as orders_placed,
    (kind = 'order' and is_paid and not is_cancelled)::int as orders_paid,
    (kind = 'order' and is_cancelled)::int as orders_cancelled,
    (kind = 'receipt')::int as receipts,
    is_first::int as new_buyers,
    revenue_kopecks,
    refund_kopecks as refunds_kopecks
from placed
