-- One row per order without a personal account: the phone and the e-mail that were typed.
{{ config(materialized='ephemeral') }}

with answers as (
    select
        typed.order_id,
        typed.order_property_value_id,
        {{ says_yes('gift', 'typed') }} as is_gift,
        {{ says_yes('recipient', 'typed') }} as is_recipients_phone,
        case
            when properties.is_phone and {{ says_of('recipient', 'typed') }} is false
                then {{ normalise_phone('typed.value') }}
        end as phone,
        case
            when properties.is_email and {{ says_of('recipient', 'typed') }} is false
                then {{ normalise_email('typed.value') }}
        end as email
    from {{ ref('int_journey__orders') }} as orders
    inner join {{ ref('stg_bitrix__order_property_values') }} as typed on orders.order_id = typed.order_id
    inner join {{ ref('stg_bitrix__order_properties') }} as properties
        on typed.order_property_id = properties.order_property_id
    where orders.person_id is null
)

select
    order_id,
    -- The first usable answer, in the order they were stored. The phone of a gift may be the recipient's.
    case
        when bool_or(is_recipients_phone) or bool_or(is_gift) is not true
            then (array_agg(phone order by order_property_value_id) filter (where phone is not null))[1]
    end as phone,
    (array_agg(email order by order_property_value_id) filter (where email is not null))[1] as email
from answers
group by order_id
