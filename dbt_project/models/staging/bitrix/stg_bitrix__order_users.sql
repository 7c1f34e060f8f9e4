select
    o.id as order_id,
    o.user_id,
    k.was_person,
    k.is_technical,
    k.technical_seq,
    -- Of the first version: a later one must not move the time of what was already observed.
    coalesce(
        {{ source_time('BITRIX', '(array_agg(o.date_insert order by o._seq))[1]') }},
        (array_agg(o._loaded_at order by o._seq))[1]
    ) as ordered_at,
    -- An order typed for the buyer by somebody else: the basket may carry the typist's cookie.
    (array_agg(o.created_by order by o._seq))[1] not in (0, o.user_id) as is_typed_for,
    greatest(min(o._seq), k._seq) as _seq
from {{ source('raw_bitrix', 'b_sale_order') }} as o
inner join {{ ref('stg_bitrix__user_kinds') }} as k on o.user_id = k.user_id
where {{ seen('o') }}
group by o.id, o.user_id, k.was_person, k.is_technical, k.technical_seq, k._seq
