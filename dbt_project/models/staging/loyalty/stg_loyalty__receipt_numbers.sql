-- Numbers on receipts as they are written, so that they are found by index: a till may send a receipt twice.
select
    r.receipt_uid,
    r.id as receipt_id,
    r.order_number,
    r._seq,
    r._next_seq
from {{ source('raw_loyalty', 'bl_pos_receipt') }} as r
where {{ standing('r') }} and r.receipt_uid is not null
