-- One row per month (local), brand and first channel: site orders by state, and their money.
-- The first channel is that of the customer's earliest contact, whether or not the order followed soon.
{{ config(materialized='view') }}

select
    local_month,
    brand,
    first_channel,
    sum(orders_placed)::bigint as orders_placed,
    sum(orders_paid)::bigint as orders_paid,
    sum(orders_cancelled)::bigint as orders_cancelled,
    sum(customers)::bigint as customers,
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    sum(refunds_kopecks)::bigint as refunds_kopecks,
    round(sum(revenue_kopecks) / nullif(sum(orders_paid), 0), 2) as average_order_kopecks,
    sum(orders_placed - orders_cancelled)::bigint as orders
from {{ ref('int_journey__order_months') }}
group by local_month, brand, first_channel
