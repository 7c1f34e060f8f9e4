-- One row per customer who bought and local month with anything bought, counted from the month of the first
-- purchase. Brand is that of the first purchase and the channel that of the first contact: a customer stays
-- in one cohort.
{{ config(
    key='customer_uuid',
    unique_key=['customer_uuid', 'months_since'],
    follows={'fct_conversion': 'customer_uuid', 'int_journey__firsts': 'customer_uuid'},
    reads={
        'fct_conversion': [
            'conversion_id', 'customer_uuid', 'kind', 'at', 'is_paid', 'is_cancelled', 'revenue_kopecks',
            'margin_kopecks', 'brand',
        ],
        'int_journey__firsts': ['customer_uuid', 'channel'],
    },
    indexes=[{'columns': ['customer_uuid', 'months_since'], 'unique': true}],
) }}

with conversions as (
    select
        conversions.*,
        {{ is_purchase('conversions') }} as is_purchase,
        {{ local_date('conversions.at', 'month') }} as local_month
    from {{ ref('fct_conversion') }} as conversions
    where conversions.customer_uuid is not null
),

cohorts as (
    select
        customer_uuid,
        min(local_month) as cohort_month,
        (array_agg(brand order by at, conversion_id))[1] as brand
    from conversions
    where is_purchase
    group by customer_uuid
),

numbered as (
    select
        *,
        row_number() over (partition by customer_uuid order by at, conversion_id) as place
    from conversions
    where is_purchase
),

-- Revenue of what is no purchase any more, such as money kept of a cancelled order, counts where it arose;
-- what arose before the first purchase counts in its month.
aged as (
    select
        conversions.*,
        cohorts.cohort_month,
        cohorts.brand as cohort_brand,
        numbered.place,
        greatest(
            12 * (extract(year from conversions.local_month) - extract(year from cohorts.cohort_month))
            + extract(month from conversions.local_month) - extract(month from cohorts.cohort_month),
            0
        )::int as months_since
    from conversions
    inner join cohorts on conversions.customer_uuid = cohorts.customer_uuid
    left join numbered on conversions.conversion_id = numbered.conversion_id
    where conversions.is_purchase or conversions.revenue_kopecks <> 0
)

select
    aged.customer_uuid,
    aged.cohort_month,
    coalesce(firsts.channel, '(unattributed)') as first_channel,
    aged.cohort_brand as brand,
    aged.months_since,
    count(*) filter (where aged.is_purchase) as purchases,
    count(*) filter (where aged.is_purchase and aged.kind = 'order') as orders_paid,
    -- The month in which somebody bought for the second time.
    count(*) filter (where aged.place = 2) as second_purchases,
    sum(aged.revenue_kopecks)::bigint as revenue_kopecks,
    coalesce(sum(aged.margin_kopecks) filter (where aged.revenue_kopecks <> 0), 0)::bigint
        as known_margin_kopecks,
    coalesce(sum(aged.revenue_kopecks) filter (where aged.margin_kopecks is not null), 0)::bigint
        as revenue_with_margin_kopecks
from aged
left join {{ ref('int_journey__firsts') }} as firsts on aged.customer_uuid = firsts.customer_uuid
group by 1, 2, 3, 4, 5
