-- One row per month (local), brand and first source: orders that were not cancelled.
-- The first source is that of the customer's earliest contact, whether or not the order followed soon.
{{ config(materialized='view') }}

select
    local_month,
    brand,
    first_source,
    sum(orders)::bigint as orders,
    sum(customers)::bigint as customers,
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    round(sum(revenue_kopecks) / sum(orders))::bigint as average_order_kopecks
from {{ ref('int_journey__order_months') }}
group by local_month, brand, first_source
