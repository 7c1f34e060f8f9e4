select
    o.id as order_id,
    o.user_id,
    k.is_technical,
    -- Of the first version: a later one must not move the time of what was already observed.
    (array_agg(o.date_insert order by o._seq))[1] as ordered_at,
    greatest(min(o._seq), k._seq) as _seq
from {{ source('raw_bitrix', 'b_sale_order') }} as o
inner join {{ ref('stg_bitrix__user_kinds') }} as k on o.user_id = k.user_id
where {{ seen('o') }}
group by o.id, o.user_id, k.is_technical, k._seq
