-- Every version up to the bound, replaced and deleted ones too: by these an hour finds what to do anew.
select
    v.order_id,
    v._seq,
    v._next_seq
from {{ source('raw_loyalty', 'bl_loyalty_transaction') }} as v
where v._seq <= {{ up_to_seq() }}
