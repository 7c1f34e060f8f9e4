-- One row per order that the shop or its archive holds; the shop's row counts while it stands, then the
-- latest of its archive. `person_id` is the account of a person; an order under a technical account or none
-- has none.
{{ config(
    key='order_id',
    unique_key='order_id',
    follows={
        'stg_bitrix__orders': 'order_id',
        'stg_bitrix__archived_orders': 'order_id',
        'stg_bitrix__order_deliveries': 'order_id',
        'stg_bitrix__technical_users': [
            {'through': 'stg_bitrix__orders', 'on': {'user_id': 'user_id'}},
            {'through': 'stg_bitrix__archived_orders', 'on': {'user_id': 'user_id'}},
        ],
    },
    distributed_by='order_id',
    indexes=[{'columns': ['order_id'], 'unique': true}],
) }}
{%- set columns = [
    'order_id', 'account_number', 'site_id', 'user_id', 'status_id', 'is_paid', 'is_cancelled', 'currency',
    'price_kopecks', 'paid_kopecks', 'created_at', '_seq',
] %}

with archived as (
    select distinct on (orders.order_id) orders.{{ columns | join(', orders.') }}
    from {{ ref('stg_bitrix__archived_orders') }} as orders
    where orders.order_id is not null
    order by orders.order_id asc, orders.archived_at desc nulls last, orders.archive_id desc
),

orders as (
    select {{ columns | join(', ') }}, true as is_live from {{ ref('stg_bitrix__orders') }}
    union all
    select archived.{{ columns | join(', archived.') }}, false as is_live
    from archived
    left join {{ ref('stg_bitrix__orders') }} as live on archived.order_id = live.order_id
    where live.order_id is null
)

select
    orders.order_id,
    orders.account_number,
    orders.site_id,
    orders.status_id,
    orders.is_paid,
    orders.is_cancelled,
    orders.currency,
    orders.price_kopecks,
    orders.paid_kopecks,
    deliveries.delivery_kopecks,
    orders.created_at,
    case when technical.user_id is null and orders.user_id <> 0 then orders.user_id::text end as person_id,
    case when orders.is_live then orders._seq else greatest(orders._seq, deliveries._seq) end as _seq
from orders
left join {{ ref('stg_bitrix__order_deliveries') }} as deliveries on orders.order_id = deliveries.order_id
left join {{ ref('stg_bitrix__technical_users') }} as technical on orders.user_id = technical.user_id
