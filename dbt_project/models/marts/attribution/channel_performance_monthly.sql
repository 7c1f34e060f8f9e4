-- One row per local month, brand, region, channel, source, campaign, attribution model and basis: what
-- advertising cost, what it brought, and what the customers it won have been worth since.
{{ config(materialized='view') }}

with {{ performance_of("date_trunc('month', local_date::timestamp)::date", 'local_month') }},

won as (
    {{ lifetimes_of_new_customers() }}
),

measured as (
    select
        sums.local_month,
        sums.brand,
        sums.region,
        sums.channel,
        sums.source,
        sums.campaign,
        sums.model_id,
        sums.basis,
        {{ performance_columns() }},
        won.lifetime_margin_kopecks,
        won.is_complete as ltv_is_complete
    from sums
    left join won
        on
            sums.local_month = won.local_month
            and sums.brand = won.brand
            and sums.region = won.region
            and sums.channel = won.channel
            and sums.source = won.source
            and sums.campaign = won.campaign
            and sums.model_id = won.model_id
            and sums.basis = won.basis
)

select
    local_month,
    brand,
    region,
    channel,
    source,
    campaign,
    model_id,
    basis,
    {{ performance_measures() | join(',\n    ') }},
    {{ performance_ratios() }},
    lifetime_margin_kopecks,
    {{ ratio('lifetime_margin_kopecks', 'new_customers', 2) }} as ltv_kopecks,
    {{ ratio('lifetime_margin_kopecks', 'spend_net_kopecks', 6) }} as ltv_to_cac,
    ltv_is_complete
from measured
