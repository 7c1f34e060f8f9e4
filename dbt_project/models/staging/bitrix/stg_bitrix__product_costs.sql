select
    c.id as product_cost_id,
    c.product_id,
    {{ moment('c.valid_from') }} as valid_from,
    {{ kopecks('c.cost') }} as cost_kopecks,
    c.currency,
    c._seq,
    c._next_seq
from {{ source('raw_bitrix', 'bl_product_cost') }} as c
where {{ standing('c') }}
