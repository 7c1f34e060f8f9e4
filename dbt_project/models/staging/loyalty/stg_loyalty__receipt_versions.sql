-- Every version up to the bound, replaced and deleted ones too: by these an hour finds what to do anew.
select
    v.id as receipt_id,
    v.receipt_uid,
    v.original_receipt_uid,
    v.order_number,
    v._seq,
    v._next_seq
from {{ source('raw_loyalty', 'bl_pos_receipt') }} as v
where v._seq <= {{ up_to_seq() }}
