-- One row per cart (b_sale_fuser) with lines that no order took: how many, and when the last was put in or
-- changed.
{{ config(
    key='fuser_id',
    unique_key='fuser_id',
    follows={
        'stg_bitrix__basket_items': {'by': {'fuser_id': 'fuser_id'}, 'when': 'coalesce(entry.order_id, 0) = 0'},
        'customer_identifier': {
            'through': 'stg_bitrix__basket_items',
            'on': "entry.id_type = 'FUSER' and entry.id_value = via.fuser_id::text and via.fuser_id = case when"
                ~ " entry.id_type = 'FUSER' then entry.id_value::bigint end",
        },
    },
    reads={
        'stg_bitrix__basket_items': [
            'basket_item_id', 'fuser_id', 'order_id', 'is_set_component', 'created_at', 'modified_at',
        ],
        'customer_identifier': ['id_type', 'id_value', 'customer_uuid'],
    },
    indexes=[{'columns': ['fuser_id'], 'unique': true}, {'columns': ['customer_uuid']}],
) }}

with carts as (
    select
        fuser_id,
        count(*) filter (where not is_set_component) as lines,
        max(coalesce(modified_at, created_at)) as changed_at
    from {{ ref('stg_bitrix__basket_items') }}
    where coalesce(order_id, 0) = 0 and fuser_id is not null
    group by fuser_id
)

select
    carts.fuser_id,
    owners.customer_uuid,
    carts.lines,
    carts.changed_at
from carts
left join {{ ref('customer_identifier') }} as owners
    on owners.id_type = 'FUSER' and carts.fuser_id::text = owners.id_value
