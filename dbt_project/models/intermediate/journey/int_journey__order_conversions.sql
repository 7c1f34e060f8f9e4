-- One row per site order, with the deal made from it and the money given back.
-- Its customer is the site account; for orders under a technical account, the phone, then the e-mail.
{{ config(materialized='view') }}

with orders as (
    select
        orders.*,
        case when not coalesce(users.is_technical, false) then orders.user_id::text end as person_id
    from {{ ref('stg_bitrix__orders') }} as orders
    left join {{ ref('stg_bitrix__user_kinds') }} as users on orders.user_id = users.user_id
),

contacts as (
    select * from {{ ref('int_journey__order_contacts') }}
),

deals as (
    select
        order_id,
        min(deal_id) as deal_id,
        max(seq) as seq
    from {{ ref('int_journey__order_deals') }}
    group by order_id
),

refunds as (
    select
        order_id,
        sum(amount_kopecks)::bigint as refund_minor,
        min(currency) as lowest_currency,
        max(currency) as highest_currency,
        max(_seq) as seq
    from {{ ref('stg_bitrix__payments') }}
    where is_return
    group by order_id
)

select
    'order:' || orders.order_id as conversion_id,
    'order' as kind,
    orders.created_at as at,
    orders.status_id as status,
    orders.is_paid,
    orders.is_cancelled,
    orders.price_kopecks as amount_minor,
    orders.delivery_kopecks as delivery_minor,
    0::bigint as bonus_minor,
    refunds.refund_minor,
    orders.currency,
    orders.order_id,
    deals.deal_id,
    coalesce(brands.brand, '{{ var("default_brand") }}') as brand,
    coalesce(brands.region, '{{ var("default_region") }}') as region,
    'USER' as first_id_type,
    orders.person_id as first_id_value,
    'PHONE' as second_id_type,
    contacts.phone as second_id_value,
    'EMAIL' as third_id_type,
    contacts.email as third_id_value,
    case
        when refunds.lowest_currency <> orders.currency or refunds.highest_currency <> orders.currency
            then 'refund in another currency'
    end as source_problem,
    greatest(orders._seq, deals.seq, refunds.seq) as seq
from orders
left join contacts on orders.order_id = contacts.order_id and orders.person_id is null
left join deals on orders.order_id = deals.order_id
left join refunds on orders.order_id = refunds.order_id
left join {{ ref('order_brands') }} as brands on orders.site_id = brands.lid
