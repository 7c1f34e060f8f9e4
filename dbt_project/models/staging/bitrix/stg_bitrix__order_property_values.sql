select
    v.id as order_property_value_id,
    v.order_id,
    v.order_props_id as order_property_id,
    v.name,
    v.code,
    v.value,
    coalesce(v.entity_type, 'ORDER') as entity_type,
    coalesce(v.entity_id, v.order_id) as entity_id,
    v._seq,
    v._next_seq
from {{ source('raw_bitrix', 'b_sale_order_props_value') }} as v
where {{ kept('v') }}
