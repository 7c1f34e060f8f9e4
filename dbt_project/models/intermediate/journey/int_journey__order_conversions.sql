-- One row per site order of this run with what belongs to it: the deal made from it, money given back,
-- points spent on it, its till receipts. Its customer is the site account; for orders under a technical
-- account, the phone, then the e-mail.
{{ config(materialized='view') }}

with orders as (
    select * from {{ ref('int_journey__orders') }}
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
        payments.order_id,
        sum(payments.amount_kopecks)::bigint as refund_minor,
        bool_or(
            {{ currency_code('payments.currency') }} is distinct from {{ currency_code('orders.currency') }}
        ) as is_foreign,
        max(payments._seq) as seq
    from orders
    inner join {{ ref('stg_bitrix__payments') }} as payments on orders.order_id = payments.order_id
    where payments.is_return
    group by payments.order_id
),

points as (
    select
        entries.order_id,
        -sum(entries.amount_kopecks)::bigint as spent_minor,
        max(entries._seq) as seq
    from orders
    inner join {{ ref('stg_loyalty__transactions') }} as entries on orders.order_id = entries.order_id
    where entries.transaction_type = 'spend'
    group by entries.order_id
),

tills as (
    select
        receipts.order_id,
        bool_or(receipts.kind = 'sale') as is_paid,
        sum(receipts.bonus_spent_kopecks) filter (where receipts.kind = 'sale')::bigint as spent_minor,
        sum({{ paid_at_till('receipts') }}) filter (where receipts.kind = 'return')::bigint as refund_minor,
        bool_or(
            {{ currency_code('receipts.currency') }} is distinct from {{ currency_code('orders.currency') }}
        ) as is_foreign,
        max(receipts._seq) as seq
    from orders
    inner join {{ ref('int_journey__till_receipts') }} as receipts on orders.order_id = receipts.order_id
    group by receipts.order_id
)

select
    'order:' || orders.order_id as conversion_id,
    'order' as kind,
    orders.created_at as at,
    orders.status_id as status,
    orders.is_paid or coalesce(tills.is_paid, false) as is_paid,
    orders.is_cancelled,
    -- Points spent on the site are off the order's price already, those spent at the till are not.
    orders.price_kopecks + coalesce(points.spent_minor, 0) as amount_minor,
    orders.delivery_kopecks as delivery_minor,
    -- One spending or one return may be told twice, by the shop and by the till.
    greatest(points.spent_minor, tills.spent_minor, 0) as bonus_minor,
    greatest(refunds.refund_minor, tills.refund_minor) as refund_minor,
    orders.currency,
    orders.order_id,
    deals.deal_id,
    coalesce(brands.brand, '{{ var("default_brand") }}') as brand,
    coalesce(brands.region, '{{ var("default_region") }}') as region,
    orders.account_number as order_number,
    orders.created_at as opened_at,
    'USER' as first_id_type,
    orders.person_id as first_id_value,
    'PHONE' as second_id_type,
    contacts.phone as second_id_value,
    'EMAIL' as third_id_type,
    contacts.email as third_id_value,
    case
        when refunds.is_foreign then 'refund in another currency'
        when tills.is_foreign then 'receipt in another currency'
    end as source_problem,
    greatest(orders._seq, deals.seq, refunds.seq, points.seq, tills.seq) as seq
from orders
left join contacts on orders.order_id = contacts.order_id
left join deals on orders.order_id = deals.order_id
left join refunds on orders.order_id = refunds.order_id
left join points on orders.order_id = points.order_id
left join tills on orders.order_id = tills.order_id
left join {{ ref('order_brands') }} as brands on orders.site_id = brands.lid
