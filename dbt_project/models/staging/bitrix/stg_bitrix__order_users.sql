select
    o.id as order_id,
    o.user_id,
    k.is_technical,
    min(o.date_insert) as ordered_at,
    greatest(min(o._seq), k._seq) as _seq
from {{ source('raw_bitrix', 'b_sale_order') }} as o
inner join {{ ref('stg_bitrix__user_kinds') }} as k on o.user_id = k.user_id
where {{ seen('o') }}
group by o.id, o.user_id, k.is_technical, k._seq
