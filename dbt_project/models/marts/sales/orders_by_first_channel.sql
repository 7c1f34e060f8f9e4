-- One row per month (local), brand and first channel: orders that were not cancelled.
-- The first channel is that of the customer's earliest contact, whether or not the order followed soon.
{{ config(distributed_by='local_month') }}

with orders as (
    select
        conversion_id,
        customer_uuid,
        brand,
        revenue_kopecks,
        date_trunc('month', at at time zone '{{ var("local_timezone") }}')::date as local_month
    from {{ ref('fct_conversion') }}
    where kind = 'order' and not is_cancelled
),

first_touches as (
    select distinct on (customer_uuid)
        customer_uuid,
        channel
    from {{ ref('fct_touch') }}
    where customer_uuid is not null and is_on_path
    order by customer_uuid asc, at asc, source_priority asc, touch_id asc
),

placed as (
    select
        orders.local_month,
        orders.brand,
        orders.customer_uuid,
        orders.revenue_kopecks,
        coalesce(first_touches.channel, '(unattributed)') as first_channel
    from orders
    left join first_touches on orders.customer_uuid = first_touches.customer_uuid
)

select
    local_month,
    brand,
    first_channel,
    count(*) as orders,
    count(distinct customer_uuid) as customers,
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    round(sum(revenue_kopecks)::numeric / count(*))::bigint as average_order_kopecks
from placed
group by local_month, brand, first_channel
