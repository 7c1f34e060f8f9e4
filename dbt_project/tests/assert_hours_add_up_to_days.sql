-- Local days of the hourly statistics equal local days counted from the facts, also when clocks change.
{{ config(meta={'audit': 'statistics'}) }}

with hours as (
    select
        local_date,
        sum(touches) as touches,
        sum(revenue_kopecks) as revenue_kopecks,
        sum(spend_kopecks) as spend_kopecks
    from {{ ref('bl_omni_stats_local') }}
    group by local_date
),

events as (
    select
        {{ local_date('at') }} as local_date,
        1 as touches,
        0 as revenue_kopecks,
        0 as spend_kopecks
    from {{ ref('fct_touch') }}
    union all
    select
        {{ local_date('at') }} as local_date,
        0 as touches,
        revenue_kopecks,
        0 as spend_kopecks
    from {{ ref('fct_conversion') }}
    union all
    select
        local_date,
        0 as touches,
        0 as revenue_kopecks,
        net_kopecks as spend_kopecks
    from {{ ref('int_ads__spend') }}
    where net_kopecks <> 0
),

days as (
    select
        local_date,
        sum(touches) as touches,
        sum(revenue_kopecks) as revenue_kopecks,
        sum(spend_kopecks) as spend_kopecks
    from events
    group by local_date
)

select
    hours.local_date as hours_date,
    days.local_date as facts_date,
    hours.touches as hours_touches,
    days.touches as facts_touches,
    hours.revenue_kopecks as hours_revenue_kopecks,
    days.revenue_kopecks as facts_revenue_kopecks,
    hours.spend_kopecks as hours_spend_kopecks,
    days.spend_kopecks as facts_spend_kopecks
from hours
full outer join days on hours.local_date = days.local_date
where
    hours.touches is distinct from days.touches
    or hours.revenue_kopecks is distinct from days.revenue_kopecks
    or hours.spend_kopecks is distinct from days.spend_kopecks
