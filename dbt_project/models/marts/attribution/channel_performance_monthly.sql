-- One row per local month, brand, channel, source, campaign, attribution model and basis: what
-- advertising cost, what it brought, and what the customers it won have been worth since.
{{ config(materialized='view') }}

with months as (
    {{ performance_by("date_trunc('month', local_date::timestamp)::date", 'local_month') }}
),

-- Margin of all that a customer bought within 365 days from the first purchase; null while any is unknown.
lifetimes as (
    select
        firsts.conversion_id,
        firsts.at + interval '365 days' <= bound.set_at as is_complete,
        lifetime.margin_kopecks
    from {{ ref('fct_conversion') }} as firsts
    cross join {{ source('ops', 'bound') }} as bound
    cross join
        lateral (
            select
                case when count(*) = count(purchases.margin_kopecks) then sum(purchases.margin_kopecks) end
                    as margin_kopecks
            from {{ ref('fct_conversion') }} as purchases
            where
                firsts.customer_uuid = purchases.customer_uuid
                and firsts.at <= purchases.at
                and firsts.at + interval '365 days' > purchases.at
                and {{ is_purchase('purchases') }}
        ) as lifetime
    where firsts.is_first
),

credits as (
    {{ credits_of(ref('int_attribution__steps'), ref('int_attribution__models')) }}
),

-- By the shares that a row has in first purchases, as new_buyers are counted.
won as (
    select
        {{ local_date('placed.at', 'month') }} as local_month,
        credits.brand,
        credits.channel,
        coalesce(credits.source, '(none)') as source,
        coalesce(credits.campaign, '(none)') as campaign,
        credits.model_id,
        placed.basis,
        case
            when count(*) = count(lifetimes.margin_kopecks)
                then round(sum(credits.share_ppm * lifetimes.margin_kopecks) / 1000000)::bigint
        end as lifetime_margin_kopecks,
        bool_and(lifetimes.is_complete) as is_complete
    from lifetimes
    inner join credits on lifetimes.conversion_id = credits.conversion_id and credits.is_first
    cross join
        lateral (
            values
            (credits.converted_at, 'order_date'),
            (coalesce(credits.touched_at, credits.converted_at), 'touch_date')
        ) as placed (at, basis)
    group by 1, 2, 3, 4, 5, 6, 7
)

select
    months.*,
    won.lifetime_margin_kopecks,
    round(won.lifetime_margin_kopecks / nullif(months.new_buyers, 0)::numeric, 2) as ltv_kopecks,
    round(won.lifetime_margin_kopecks / nullif(months.spend_kopecks, 0)::numeric, 6) as ltv_to_cac,
    won.is_complete as ltv_is_complete
from months
left join won
    on
        months.local_month = won.local_month
        {%- for name in ['brand', 'channel', 'source', 'campaign', 'model_id', 'basis'] %}
        and months.{{ name }} = won.{{ name }}
        {%- endfor %}
