-- One row per order of site or 1C and mismatch between the two, of lines by product, and one per state of 1C
-- that the seed onec_statuses does not know.
{{ config(materialized='view') }}

with bound as (
    select set_at - interval '{{ var('onec_grace_hours') | int }} hours' as until
    from {{ source('ops', 'bound') }}
),

orders as (
    select * from {{ ref('int_quality__site_orders') }}
),

told as (
    select * from {{ ref('int_quality__onec_orders') }}
),

-- The first order of the site that 1C has, and the last that it says at all: what is missing after that has
-- not been exported yet.
known as (
    select
        {%- if var('onec_since') %}
        '{{ var('onec_since') }}'::timestamp at time zone '{{ var('local_timezone') }}' as since,
        {%- else %}
        min(ordered_at) filter (where order_id is not null) as since,
        {%- endif %}
        max(changed_at) as until
    from told
)

select
    'onec ' || mismatch || ' order:' || order_id as mismatch_id,
    order_id,
    order_number,
    onec_number,
    mismatch,
    order_value,
    onec_value,
    customer_uuid,
    since
from {{ ref('int_quality__onec_differences') }}
union all
select
    'onec item order:' || orders.order_id || ' ' || items.product as mismatch_id,
    orders.order_id,
    orders.order_number,
    told.onec_number,
    'item' as mismatch,
    items.product_name || ': ' || items.order_value as order_value,
    items.product_name || ': ' || items.onec_value as onec_value,
    orders.customer_uuid,
    greatest(orders.modified_at, told.changed_at) as since
from {{ ref('int_quality__onec_items') }} as items
inner join orders on items.order_id = orders.order_id
inner join bound on orders.modified_at <= bound.until
inner join told on orders.order_id = told.order_id and told.is_compared
where not orders.is_cancelled
union all
select
    'onec not in 1C order:' || orders.order_id as mismatch_id,
    orders.order_id,
    orders.order_number,
    null::text as onec_number,
    'not in 1C' as mismatch,
    (orders.price_kopecks / 100.0)::numeric(20, 2) || ' ' || orders.currency as order_value,
    null::text as onec_value,
    orders.customer_uuid,
    orders.created_at as since
from orders
left join told on orders.order_id = told.order_id
where
    told.order_id is null
    and not orders.is_cancelled
    -- As values, which are found once: joined, they would be for each order.
    and orders.created_at >= (select known.since from known)
    and orders.created_at <= (select known.until from known)
    and orders.created_at <= (select bound.until from bound)
union all
select
    'onec not on site ' || told.onec_order_id as mismatch_id,
    null::bigint as order_id,
    told.site_number as order_number,
    told.onec_number,
    'not on site' as mismatch,
    null::text as order_value,
    concat_ws(' ', (told.sum_kopecks / 100.0)::numeric(20, 2)::text, told.currency) as onec_value,
    null::uuid as customer_uuid,
    told.ordered_at as since
from told
inner join bound on told.ordered_at <= bound.until
where
    told.order_id is null
    and told.site_number is not null
    and told.is_standing
    and told.ordered_at >= (select min(orders.created_at) from orders)
union all
select
    'onec unknown status ' || lower(told.status) as mismatch_id,
    null::bigint as order_id,
    null::text as order_number,
    null::text as onec_number,
    'unknown status' as mismatch,
    count(*) || ' orders' as order_value,
    min(told.status) as onec_value,
    null::uuid as customer_uuid,
    max(told.changed_at) as since
from told
left join {{ ref('onec_statuses') }} as statuses on lower(told.status) = lower(trim(statuses.onec_status))
where told.order_id is not null and told.status is not null and statuses.onec_status is null
group by lower(told.status)
