-- One row per local month, brand, first channel and first source: orders by state, and their customers.
{{ config(
    materialized='sums',
    follows='int_journey__customer_orders',
    unique_key=['local_month', 'brand', 'first_channel', 'first_source'],
    indexes=[{'columns': ['local_month', 'brand', 'first_channel', 'first_source'], 'unique': true}],
) }}

select
    customers.local_month,
    customers.brand,
    customers.first_channel,
    customers.first_source,
    sum(customers.orders_placed)::bigint as orders_placed,
    sum(customers.orders_paid)::bigint as orders_paid,
    sum(customers.orders_cancelled)::bigint as orders_cancelled,
    -- A customer has one first contact, so is in one row of a month and brand.
    sum(customers.customers)::bigint as customers,
    sum(customers.revenue_kopecks)::bigint as revenue_kopecks,
    sum(customers.refunds_kopecks)::bigint as refunds_kopecks,
    count(*) as entries
from {{ ref('int_journey__customer_orders') }} as customers
group by customers.local_month, customers.brand, customers.first_channel, customers.first_source
