-- One row per customer who bought: what they bought and paid up to now, when, and by which channels they
-- came. Purchases are paid orders, won deals and till sales; days between them are counted between the
-- local days on which somebody bought, so that two receipts of one visit to the store are no gap.
{{ config(
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={
        'fct_conversion': 'customer_uuid',
        'int_journey__conversion_events': 'customer_uuid',
        'int_journey__firsts': 'customer_uuid',
    },
    reads={
        'fct_conversion': [
            'conversion_id', 'customer_uuid', 'kind', 'at', 'is_paid', 'is_cancelled', 'revenue_kopecks',
            'refund_kopecks', 'margin_kopecks', 'brand',
        ],
        'int_journey__conversion_events': ['conversion_id', 'customer_uuid', 'channel'],
        'int_journey__firsts': ['customer_uuid', 'channel', 'source'],
    },
    indexes=[{'columns': ['customer_uuid'], 'unique': true}],
) }}

with conversions as (
    select
        conversions.*,
        {{ is_purchase('conversions') }} as is_purchase,
        {{ local_date('conversions.at') }} as local_day
    from {{ ref('fct_conversion') }} as conversions
    where conversions.customer_uuid is not null
),

days as (
    select
        customer_uuid,
        local_day,
        local_day - lag(local_day) over (partition by customer_uuid order by local_day) as gap_days
    from (select distinct
        customer_uuid,
        local_day
    from conversions
    where is_purchase) as bought
),

gaps as (
    select
        customer_uuid,
        count(*) as purchase_days,
        coalesce(array_agg(gap_days order by gap_days) filter (where gap_days is not null), '{}')
            as gaps_days,
        round(avg(gap_days), 2) as mean_gap_days,
        percentile_disc(0.5) within group (order by gap_days) as median_gap_days
    from days
    group by customer_uuid
),

sums as (
    select
        customer_uuid,
        count(*) filter (where is_purchase) as purchases,
        count(*) filter (where is_purchase and kind = 'order') as orders_paid,
        count(*) filter (where is_purchase and kind = 'deal') as deals_won,
        count(*) filter (where is_purchase and kind = 'receipt') as receipts,
        count(*) filter (where kind = 'order' and is_cancelled) as orders_cancelled,
        sum(revenue_kopecks)::bigint as revenue_kopecks,
        sum(refund_kopecks)::bigint as refunds_kopecks,
        sum(margin_kopecks) filter (where revenue_kopecks <> 0)::bigint as known_margin_kopecks,
        sum(revenue_kopecks) filter (where margin_kopecks is not null)::bigint as revenue_with_margin_kopecks,
        min(at) filter (where is_purchase) as first_purchase_at,
        max(at) filter (where is_purchase) as last_purchase_at,
        (array_agg(brand order by at, conversion_id) filter (where is_purchase))[1] as brand,
        (array_agg(conversion_id order by at desc, conversion_id desc) filter (where is_purchase))[1]
            as last_conversion_id
    from conversions
    group by customer_uuid
    having bool_or(is_purchase)
)

select
    sums.customer_uuid,
    sums.brand,
    coalesce(firsts.channel, '(unattributed)') as first_channel,
    case when firsts.channel is null then '(unattributed)' else coalesce(firsts.source, '(none)') end
        as first_source,
    events.channel as last_channel,
    sums.purchases,
    sums.orders_paid,
    sums.deals_won,
    sums.receipts,
    sums.orders_cancelled,
    sums.revenue_kopecks,
    sums.refunds_kopecks,
    case
        when sums.revenue_with_margin_kopecks = sums.revenue_kopecks and sums.revenue_kopecks <> 0
            then sums.known_margin_kopecks
    end as margin_kopecks,
    round(coalesce(sums.revenue_with_margin_kopecks, 0) / nullif(sums.revenue_kopecks, 0)::numeric, 4)
        as margin_known_share,
    round(sums.revenue_kopecks / sums.purchases::numeric, 2) as average_order_kopecks,
    sums.first_purchase_at,
    sums.last_purchase_at,
    gaps.purchase_days,
    gaps.gaps_days,
    gaps.mean_gap_days,
    gaps.median_gap_days
from sums
inner join gaps on sums.customer_uuid = gaps.customer_uuid
left join
    {{ ref('int_journey__conversion_events') }} as events
    on sums.last_conversion_id = events.conversion_id
left join {{ ref('int_journey__firsts') }} as firsts on sums.customer_uuid = firsts.customer_uuid
