-- One row per order of the site, as it is compared with 1C.
{{ config(materialized='ephemeral') }}

select
    orders.order_id,
    orders.account_number as order_number,
    orders.status_id,
    {{ currency_code('orders.currency') }} as currency,
    orders.price_kopecks,
    orders.is_cancelled,
    orders.created_at,
    coalesce(live.modified_at, orders.created_at) as modified_at,
    -- Money that has gone back was there: 1C has a document of its own for that.
    orders.is_paid or coalesce(conversions.refund_kopecks, 0) > 0 as is_paid,
    owners.customer_uuid
from {{ ref('int_journey__orders') }} as orders
left join {{ ref('stg_bitrix__orders') }} as live on orders.order_id = live.order_id
left join {{ ref('int_journey__conversions') }} as conversions
    on 'order:' || orders.order_id = conversions.conversion_id
left join {{ ref('int_journey__conversion_customers') }} as owners
    on 'order:' || orders.order_id = owners.conversion_id
