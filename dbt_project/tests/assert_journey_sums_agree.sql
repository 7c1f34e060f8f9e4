-- Months add up to their journeys: the kept sums and the journeys themselves count the same journeys,
-- touches, purchases and revenue.
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
    count(*) <> 2
    or min(paths) <> max(paths)
    or min(touches) <> max(touches)
    or min(conversions) <> max(conversions)
    or min(revenue_kopecks) <> max(revenue_kopecks)
