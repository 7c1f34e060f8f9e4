-- One row per audience and customer that meets its rule now, with the time that decided and the words for
-- it.
{{ config(materialized='ephemeral') }}

with present as (
    select set_at from {{ source('ops', 'bound') }}
),

rules as (
    select
        audiences.*,
        present.set_at,
        -- Months of the shop's calendar, whatever the zone of the session.
        (present.set_at at time zone '{{ var("local_timezone") }}' - audiences.months * interval '1 month')
        at time zone '{{ var("local_timezone") }}' as months_ago
    from {{ ref('audiences') }} as audiences
    cross join present
),

ranked as (
    select
        customer_uuid,
        last_purchase_at,
        revenue_kopecks,
        percent_rank() over (order by revenue_kopecks) as place
    from {{ ref('int_customers__value') }}
),

met as (
    select
        rules.audience_id,
        activity.customer_uuid,
        activity.last_visit_at as at,
        'visited'
        || {{ told_when(none, 'activity.last_visit_at') }} || ', nothing asked for since' as because
    from {{ ref('int_customers__activity') }} as activity
    inner join rules on rules.rule = 'visited'
    where
        activity.last_visit_at >= rules.set_at - rules.days * interval '24 hours'
        and (activity.last_request_at < activity.last_visit_at or activity.last_request_at is null)
    union all
    select
        rules.audience_id,
        activity.customer_uuid,
        activity.last_purchase_at as at,
        'last purchase' || {{ told_when(none, 'activity.last_purchase_at') }} as because
    from {{ ref('int_customers__activity') }} as activity
    inner join rules on rules.rule = 'no_purchase'
    where activity.last_purchase_at < rules.months_ago
    union all
    select
        rules.audience_id,
        stalled.customer_uuid,
        stalled.entered_at as at,
        'deal ' || stalled.deal_id || ' entered stage ' || stalled.stage_id
        || {{ told_when(none, 'stalled.entered_at') }} || ' and is still there' as because
    from {{ ref('int_customers__stalled_deals') }} as stalled
    inner join rules on stalled.audience_id = rules.audience_id
    union all
    select
        rules.audience_id,
        carts.customer_uuid,
        carts.changed_at as at,
        'cart of ' || carts.lines || ' last changed' || {{ told_when(none, 'carts.changed_at') }} as because
    from {{ ref('int_customers__carts') }} as carts
    inner join rules on rules.rule = 'cart_left'
    left join {{ ref('int_customers__activity') }} as activity on carts.customer_uuid = activity.customer_uuid
    where
        carts.customer_uuid is not null
        and carts.changed_at < rules.set_at - rules.days * interval '24 hours'
        and (activity.last_purchase_at < carts.changed_at or activity.last_purchase_at is null)
    union all
    select
        rules.audience_id,
        ranked.customer_uuid,
        ranked.last_purchase_at as at,
        'brought ' || round(ranked.revenue_kopecks / 100.0) || ' {{ var("base_currency") }}, last purchase'
        || {{ told_when(none, 'ranked.last_purchase_at') }} as because
    from ranked
    inner join rules on rules.rule = 'top_value'
    where ranked.place >= rules.quantile
)

select distinct on (audience_id, customer_uuid)
    audience_id,
    customer_uuid,
    at,
    because
from met
order by audience_id asc, customer_uuid asc, at desc, because asc
