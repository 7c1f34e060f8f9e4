-- One row per order without a personal account: the phone and the e-mail that the customer typed.
-- A table, so that the planner knows its size: inside a view the orders were joined to it row by row.
{{ config(
    distributed_by='order_id',
    indexes=[{'columns': ['order_id'], 'unique': true}],
) }}

with anonymous_orders as (
    select orders.order_id
    from {{ ref('stg_bitrix__orders') }} as orders
    left join {{ ref('stg_bitrix__user_kinds') }} as users on orders.user_id = users.user_id
    where orders.user_id is null or users.is_technical
),

answers as (
    select
        typed.order_id,
        typed.order_property_value_id,
        case when properties.is_phone then {{ normalise_phone('typed.value') }} end as phone,
        case when properties.is_email then {{ normalise_email('typed.value') }} end as email
    from {{ ref('stg_bitrix__order_property_values') }} as typed
    inner join anonymous_orders on typed.order_id = anonymous_orders.order_id
    inner join {{ ref('stg_bitrix__order_properties') }} as properties
        on typed.order_property_id = properties.order_property_id
    where properties.is_phone or properties.is_email
)

select
    order_id,
    -- The first usable answer, in the order they were stored.
    (array_agg(phone order by order_property_value_id) filter (where phone is not null))[1] as phone,
    (array_agg(email order by order_property_value_id) filter (where email is not null))[1] as email
from answers
group by order_id
