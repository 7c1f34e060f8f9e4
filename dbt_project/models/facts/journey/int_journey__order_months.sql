-- One row per local month, brand, first channel and first source: orders that were not cancelled and their
-- customers. Follows single customers (macros/tally.sql) and equals their sum.
{{ config(
    materialized='sums',
    follows='int_journey__customer_orders',
    unique_key=['local_month', 'brand', 'first_channel', 'first_source'],
    distributed_by='local_month',
    indexes=[{'columns': ['local_month', 'brand', 'first_channel', 'first_source'], 'unique': true}],
) }}

select
    local_month,
    brand,
    first_channel,
    first_source,
    sum(customers.orders)::bigint as orders,
    -- A customer has one first contact, so is in one row of a month and brand.
    sum(customers.customers)::bigint as customers,
    sum(customers.revenue_kopecks)::bigint as revenue_kopecks,
    count(*) as entries
from {{ ref('int_journey__customer_orders') }} as customers
group by local_month, brand, first_channel, first_source
