-- Sums over journeys agree month by month: ends in the transitions, journeys in the channel sets, and the
-- journeys themselves count the same journeys, touches, purchases and revenue.
{{ config(meta={'audit': 'journeys'}) }}

with sums as (
    select
        'journeys' as origin,
        local_month,
        brand,
        count(*) as paths,
        sum(cardinality(channels)) as touches,
        sum(case when is_converted then 1 else 0 end) as conversions,
        sum(revenue_kopecks) as revenue_kopecks
    from {{ ref('int_attribution__journeys') }}
    group by local_month, brand
    union all
    select
        'transitions' as origin,
        local_month,
        brand,
        sum(case when to_state in ('(conversion)', '(null)') then transitions else 0 end) as paths,
        sum(case when to_state in ('(conversion)', '(null)') then 0 else transitions end) as touches,
        sum(case when to_state = '(conversion)' then transitions else 0 end) as conversions,
        sum(revenue_kopecks) as revenue_kopecks
    from {{ ref('int_attribution__transitions') }}
    group by local_month, brand
    union all
    select
        'channel sets' as origin,
        sets.local_month,
        sets.brand,
        sum(sets.paths) as paths,
        -- A set does not say how often its channels were touched.
        max(months.touches) as touches,
        sum(sets.conversions) as conversions,
        sum(sets.revenue_kopecks) as revenue_kopecks
    from {{ ref('int_attribution__channel_sets') }} as sets
    left join {{ ref('int_attribution__months') }} as months
        on sets.local_month = months.local_month and sets.brand = months.brand
    group by sets.local_month, sets.brand
    union all
    select
        'months' as origin,
        local_month,
        brand,
        entries as paths,
        touches,
        conversions,
        revenue_kopecks
    from {{ ref('int_attribution__months') }}
)

select
    local_month,
    brand,
    array_agg(distinct origin) as origins
from sums
group by local_month, brand
having
    count(*) <> 4
    or min(paths) <> max(paths)
    or min(touches) <> max(touches)
    or min(conversions) <> max(conversions)
    or min(revenue_kopecks) <> max(revenue_kopecks)
