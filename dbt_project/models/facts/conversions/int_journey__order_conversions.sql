-- One row per site order with what belongs to it: the deal made from it and its money. Its
-- customer is the site account; for orders under a technical account, the phone, then the e-mail.
{{ config(materialized='ephemeral') }}

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

money as (
    select * from {{ ref('int_journey__order_money') }}
)

select
    'order:' || orders.order_id as conversion_id,
    'order' as kind,
    orders.order_id as source_id,
    orders.created_at as at,
    orders.status_id as status,
    money.is_paid,
    orders.is_cancelled,
    money.amount_minor,
    money.received_minor,
    orders.delivery_kopecks as delivery_minor,
    money.bonus_minor,
    money.refund_minor,
    orders.currency,
    orders.order_id,
    deals.deal_id,
    coalesce(brands.brand, '{{ var("default_brand") }}') as brand,
    coalesce(regions.region, brands.region, '{{ var("default_region") }}') as region,
    case
        when regions.region is not null then regions.region_source
        when brands.region <> '{{ var("default_region") }}' then 'site'
    end as region_source,
    orders.account_number as order_number,
    orders.created_at as opened_at,
    'USER' as first_id_type,
    orders.person_id as first_id_value,
    'PHONE' as second_id_type,
    contacts.phone as second_id_value,
    'EMAIL' as third_id_type,
    contacts.email as third_id_value,
    money.source_problem,
    greatest(orders._seq, deals.seq, money.seq) as seq
from orders
inner join money on orders.order_id = money.order_id
left join contacts on orders.order_id = contacts.order_id
left join deals on orders.order_id = deals.order_id
left join {{ ref('int_journey__order_regions') }} as regions on orders.order_id = regions.order_id
left join {{ ref('order_brands') }} as brands on orders.site_id = brands.lid
