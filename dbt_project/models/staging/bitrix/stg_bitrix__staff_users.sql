-- Accounts that answer for orders of others, each since the first such order: managers, whose own cookie
-- may stand in the baskets of the orders they type.
select
    o.responsible_id as user_id,
    o._seq
from {{ source('raw_bitrix', 'b_sale_order') }} as o
where
    {{ seen('o') }}
    and o.responsible_id > 0
    and o.user_id > 0
    and o.responsible_id <> o.user_id
    and not exists (
        select 1
        from {{ source('raw_bitrix', 'b_sale_order') }} as earlier
        where
            earlier.responsible_id = o.responsible_id
            and earlier._seq < o._seq
            and not earlier._deleted
            and earlier.user_id > 0
            and earlier.user_id <> earlier.responsible_id
    )
