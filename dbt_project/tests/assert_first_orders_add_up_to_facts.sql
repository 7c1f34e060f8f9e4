-- Orders by first channel and by first source are the uncancelled orders of the facts: as many, of as many
-- customers, with the same revenue, in each local month and brand. Both are kept by counting changes.
{{ config(meta={'audit': 'journeys'}) }}

with sums as (
    select
        {{ local_date('at', 'month') }} as local_month,
        brand,
        count(*) as orders,
        count(distinct customer_uuid) as customers,
        sum(revenue_kopecks) as revenue_kopecks
    from {{ ref('fct_conversion') }}
    where kind = 'order' and not is_cancelled
    group by 1, 2
    {%- for first in ['channel', 'source'] %}
    union all
    select
        local_month,
        brand,
        sum(orders) as orders,
        sum(customers) as customers,
        sum(revenue_kopecks) as revenue_kopecks
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
    or min(orders) <> max(orders)
    or min(customers) <> max(customers)
    or min(revenue_kopecks) <> max(revenue_kopecks)
