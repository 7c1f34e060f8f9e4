-- Orders by first channel and by first source are the orders of the facts: as many of each state, of as many
-- customers, with the same money, in each local month and brand. Both are kept by counting changes.
{{ config(meta={'audit': 'journeys'}) }}

with sums as (
    select
        {{ local_date('at', 'month') }} as local_month,
        brand,
        count(*) as orders_placed,
        count(*) filter (where is_paid and not is_cancelled) as orders_paid,
        count(*) filter (where is_cancelled) as orders_cancelled,
        count(distinct customer_uuid) as customers,
        sum(revenue_kopecks) as revenue_kopecks,
        sum(refund_kopecks) as refunds_kopecks
    from {{ ref('fct_conversion') }}
    where kind = 'order'
    group by 1, 2
    {%- for first in ['channel', 'source'] %}
    union all
    select
        local_month,
        brand,
        sum(orders_placed) as orders_placed,
        sum(orders_paid) as orders_paid,
        sum(orders_cancelled) as orders_cancelled,
        sum(customers) as customers,
        sum(revenue_kopecks) as revenue_kopecks,
        sum(refunds_kopecks) as refunds_kopecks
    from {{ ref('orders_by_first_' ~ first) }}
    group by local_month, brand
    {%- endfor %}
)

select
    local_month,
    brand
from sums
group by local_month, brand
having
    count(*) <> 3
    or min(orders_placed) <> max(orders_placed)
    or min(orders_paid) <> max(orders_paid)
    or min(orders_cancelled) <> max(orders_cancelled)
    or min(customers) <> max(customers)
    or min(revenue_kopecks) <> max(revenue_kopecks)
    or min(refunds_kopecks) <> max(refunds_kopecks)
