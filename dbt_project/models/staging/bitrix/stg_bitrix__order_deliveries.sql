-- With what was last known of orders that are gone: the archive does not keep it.
select
    o.id as order_id,
    {{ kopecks('o.price_delivery') }} as delivery_kopecks,
    o._seq,
    o._next_seq
from {{ source('raw_bitrix', 'b_sale_order') }} as o
where {{ last_known('o') }}
