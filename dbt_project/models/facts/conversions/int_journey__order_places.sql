-- One row per order whose form tells where it goes: the place chosen (its code or id), names in the address,
-- and the code of the phone. The address itself and the number stay in staging.
{%- set keeps = ref('stg_bitrix__archived_orders') %}
{{ config(
    key='order_id',
    unique_key='order_id',
    follows={
        'stg_bitrix__order_property_values': 'order_id',
        'stg_bitrix__archived_orders': 'order_id',
        'stg_bitrix__order_properties': {
            'through': 'stg_bitrix__order_property_values',
            'on': {'order_property_id': 'order_property_id'},
        },
    },
    reads={
        'stg_bitrix__order_property_values': ['order_property_value_id', 'order_id', 'order_property_id', 'value'],
        'stg_bitrix__archived_orders': ['archive_id', 'order_id', 'archived_at'],
        'stg_bitrix__order_properties': ['order_property_id', 'is_phone', 'is_location', 'is_address'],
    },
    indexes=[
        {'columns': ['order_id'], 'unique': true},
        {'columns': ['location_code']},
        {'columns': ['location_id']},
    ],
) }}

with told as (
    select
        typed.order_id,
        typed.order_property_value_id,
        -- A code has 100 characters at most.
        case when properties.is_location then substring(typed.value from '^.{1,100}$') end as location_code,
        case when properties.is_address then left(typed.value, 500) end as address,
        case
            when properties.is_phone then substring({{ normalise_phone('typed.value') }} from '^\+7(\d{5})')
        end as phone_code
    from {{ ref('stg_bitrix__order_property_values') }} as typed
    inner join {{ ref('stg_bitrix__order_properties') }} as properties
        on typed.order_property_id = properties.order_property_id
    where properties.is_location or properties.is_address or properties.is_phone
),

first_told as (
    select
        order_id,
        (
            array_agg(location_code order by order_property_value_id)
            filter (where location_code is not null)
        )[1] as location_code,
        string_agg(address, ',' order by order_property_value_id) as address,
        (array_agg(phone_code order by order_property_value_id) filter (where phone_code is not null))[1]
            as phone_code
    from told
    where order_id is not null
    group by order_id
)

select
    first_told.order_id,
    first_told.location_code,
    ({{ id_in('first_told.location_code') }})::bigint as location_id,
    array(
        select {{ place_name('piece.written') }}
        from regexp_split_to_table(first_told.address, '[,;\n]') with ordinality as piece (written, place)
        order by piece.place
    ) as address_names,
    first_told.phone_code
from first_told
