-- Orders by their numbers, archived ones too: what other systems call an order.
select
    o.id as order_id,
    o.account_number,
    o._seq,
    o._next_seq
from {{ source('raw_bitrix', 'b_sale_order') }} as o
where {{ standing('o') }}
union all
select
    a.order_id,
    a.account_number,
    a._seq,
    a._next_seq
from {{ source('raw_bitrix', 'b_sale_order_archive') }} as a
where {{ standing('a') }}
