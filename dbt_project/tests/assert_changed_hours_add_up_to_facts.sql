-- The hours that this run changed, the newest of them, and the newest of all count what the facts hold.
-- The same over everything is assert_hours_add_up_to_facts; at ten million touches that is no hourly test.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'bl_omni_stats'}}}) }}

with changed as (
    select date_trunc('hour', at, 'UTC') as hour_utc from {{ log_of(ref('fct_touch')) }}
    union
    select date_trunc('hour', at, 'UTC') as hour_utc from {{ log_of(ref('fct_conversion')) }}
    union
    select hour_utc from {{ log_of(ref('int_ads__spend_hours')) }}
    order by hour_utc desc
    limit 24
),

newest as (
    select hour_utc
    from {{ ref('bl_omni_stats') }}
    order by hour_utc desc
    limit 24
),

looked_at as (
    select hour_utc from changed
    union
    select hour_utc from newest
),

-- What the statistics say, less what the facts say.
differences as (
    select
        looked_at.hour_utc,
        stats.sessions,
        stats.touches,
        stats.calls,
        stats.orders_placed,
        stats.leads,
        stats.revenue_kopecks,
        stats.refunds_kopecks,
        stats.spend_kopecks
    from looked_at
    inner join {{ ref('bl_omni_stats') }} as stats on looked_at.hour_utc = stats.hour_utc
    union all
    select
        looked_at.hour_utc,
        -(touches.touch_type = 'web_session')::int as sessions,
        -1 as touches,
        -(touches.touch_type = 'call')::int as calls,
        0 as orders_placed,
        0 as leads,
        0 as revenue_kopecks,
        0 as refunds_kopecks,
        0 as spend_kopecks
    from looked_at
    inner join {{ ref('fct_touch') }} as touches
        on looked_at.hour_utc <= touches.at and looked_at.hour_utc + interval '1 hour' > touches.at
    union all
    select
        looked_at.hour_utc,
        0 as sessions,
        0 as touches,
        0 as calls,
        -(conversions.kind = 'order')::int as orders_placed,
        -(conversions.kind = 'lead' and not {{ is_junk_conversion('conversions') }})::int as leads,
        -conversions.revenue_kopecks as revenue_kopecks,
        -conversions.refund_kopecks as refunds_kopecks,
        0 as spend_kopecks
    from looked_at
    inner join {{ ref('fct_conversion') }} as conversions
        on
            looked_at.hour_utc <= conversions.at
            and looked_at.hour_utc + interval '1 hour' > conversions.at
    union all
    select
        looked_at.hour_utc,
        0 as sessions,
        0 as touches,
        0 as calls,
        0 as orders_placed,
        0 as leads,
        0 as revenue_kopecks,
        0 as refunds_kopecks,
        -spend.spend_kopecks as spend_kopecks
    from looked_at
    inner join {{ ref('int_ads__spend_hours') }} as spend on looked_at.hour_utc = spend.hour_utc
),

hours as (
    select
        hour_utc,
        sum(sessions) as sessions,
        sum(touches) as touches,
        sum(calls) as calls,
        sum(orders_placed) as orders_placed,
        sum(leads) as leads,
        sum(revenue_kopecks) as revenue_kopecks,
        sum(refunds_kopecks) as refunds_kopecks,
        sum(spend_kopecks) as spend_kopecks
    from differences
    group by hour_utc
)

select *
from hours
where
    (sessions, touches, calls, orders_placed, leads, revenue_kopecks, refunds_kopecks, spend_kopecks)
    <> (0, 0, 0, 0, 0, 0, 0, 0)
