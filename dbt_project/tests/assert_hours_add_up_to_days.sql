-- Local days of the hourly statistics equal local days counted from the facts, also when clocks change.
{{ config(meta={'dagster': {'ref': {'name': 'bl_omni_stats_local'}}}) }}

with hours as (
    select
        local_date,
        sum(touches) as touches,
        sum(revenue_kopecks) as revenue_kopecks
    from {{ ref('bl_omni_stats_local') }}
    group by local_date
),

events as (
    select
        {{ local_date('at') }} as local_date,
        1 as touches,
        0 as revenue_kopecks
    from {{ ref('fct_touch') }}
    union all
    select
        {{ local_date('at') }} as local_date,
        0 as touches,
        revenue_kopecks
    from {{ ref('fct_conversion') }}
),

days as (
    select
        local_date,
        sum(touches) as touches,
        sum(revenue_kopecks) as revenue_kopecks
    from events
    group by local_date
)

select
    hours.local_date as hours_date,
    days.local_date as facts_date,
    hours.touches as hours_touches,
    days.touches as facts_touches,
    hours.revenue_kopecks as hours_revenue_kopecks,
    days.revenue_kopecks as facts_revenue_kopecks
from hours
full outer join days on hours.local_date = days.local_date
where
    hours.touches is distinct from days.touches
    or hours.revenue_kopecks is distinct from days.revenue_kopecks
