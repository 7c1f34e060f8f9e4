-- One row per local month, brand, first channel and first source: orders that were not cancelled and their
-- customers. Follows single customers (macros/tally.sql) and equals their sum.
{{ config(
    materialized='incremental',
    incremental_strategy='tally',
    unique_key=['local_month', 'brand', 'first_channel', 'first_source'],
    post_hook="{{ mark_applied('int_journey__customer_orders') }}",
    shown_by={
        'orders_by_first_channel': 'orders_by_first_channel',
        'orders_by_first_source': 'orders_by_first_source',
    },
    distributed_by='local_month',
    indexes=[{'columns': ['local_month', 'brand', 'first_channel', 'first_source'], 'unique': true}],
) }}

select
    local_month,
    brand,
    first_channel,
    first_source,
    sum(sign * orders)::bigint as orders,
    -- A customer has one first contact, so is in one row of a month and brand.
    sum(sign * customers)::bigint as customers,
    sum(sign * revenue_kopecks)::bigint as revenue_kopecks,
    sum(sign)::bigint as entries
from {{ changes_of('int_journey__customer_orders') }} as changes
group by local_month, brand, first_channel, first_source
