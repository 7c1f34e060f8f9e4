select
    'loyalty.receipt:' || c.id as touch_id,
    'receipt' as origin,
    c.id as origin_id,
    null::text as origin_text,
    c._seq
from {{ source('raw_loyalty', 'bl_pos_receipt') }} as c
where c._seq <= {{ up_to_seq() }}
