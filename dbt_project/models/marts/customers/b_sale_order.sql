-- One row per order that the shop or its archive holds, as it is now, under the shop's own column names.
-- `user_id` is the one that bl_customer_profile shows for the order's customer, so that orders without an
-- account, and those under a second one, are joined to their customer too.
{{ config(
    key='id',
    unique_key='id',
    follows={
        'int_journey__orders': {'by': {'id': 'order_id'}},
        'stg_bitrix__orders': {'by': {'id': 'order_id'}},
        'int_journey__conversion_customers': {
            'through': 'int_journey__orders',
            'on': "entry.conversion_id = 'order:' || via.order_id and via.order_id = case when"
                ~ " starts_with(entry.conversion_id, 'order:') then split_part(entry.conversion_id, ':', 2)::bigint end",
        },
        'int_identity__displayed': {
            'through': 'int_journey__conversion_customers', 'on': {'customer_uuid': 'customer_uuid'},
        },
    },
    reads={
        'int_journey__conversion_customers': ['conversion_id', 'customer_uuid'],
        'int_identity__displayed': ['customer_uuid', 'user_id'],
    },
    indexes=[
        {'columns': ['id'], 'unique': true},
        {'columns': ['user_id']},
        {'columns': ['customer_uuid']},
        {'columns': ['date_insert']},
    ],
) }}

select
    orders.order_id as id,
    orders.account_number,
    orders.site_id as lid,
    live.person_type_id,
    case
        when customers.customer_uuid is not null
            then {{ account_or_stand_in('displayed.user_id', 'customers.customer_uuid') }}
        else coalesce(live.user_id, orders.person_id::bigint)
    end as user_id,
    coalesce(live.user_id, orders.person_id::bigint) as site_user_id,
    customers.customer_uuid,
    orders.status_id,
    live.status_at as date_status,
    case when orders.is_paid then 'Y' else 'N' end as payed,
    live.paid_at as date_payed,
    case when orders.is_cancelled then 'Y' else 'N' end as canceled,
    live.cancelled_at as date_canceled,
    live.cancel_reason as reason_canceled,
    (orders.price_kopecks / 100.0)::numeric(20, 2) as price,
    (coalesce(live.delivery_kopecks, orders.delivery_kopecks) / 100.0)::numeric(20, 2) as price_delivery,
    (live.discount_kopecks / 100.0)::numeric(20, 2) as discount_value,
    (live.tax_kopecks / 100.0)::numeric(20, 2) as tax_value,
    (orders.paid_kopecks / 100.0)::numeric(20, 2) as sum_paid,
    orders.currency,
    orders.created_at as date_insert,
    live.modified_at as date_update,
    live.responsible_id,
    live.xml_id,
    live.id_1c,
    live.order_id is null as is_archived
from {{ ref('int_journey__orders') }} as orders
left join {{ ref('stg_bitrix__orders') }} as live on orders.order_id = live.order_id
left join {{ ref('int_journey__conversion_customers') }} as customers
    on 'order:' || orders.order_id = customers.conversion_id
left join
    {{ ref('int_identity__displayed') }} as displayed
    on customers.customer_uuid = displayed.customer_uuid
