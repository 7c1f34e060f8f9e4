-- Every version up to the bound, replaced and deleted ones too: by these an hour finds what to do anew.
select
    v.id as user_id,
    v._seq,
    v._next_seq
from {{ source('raw_bitrix', 'b_user') }} as v
where v._seq <= {{ up_to_seq() }}
