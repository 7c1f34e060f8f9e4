-- Every version up to the bound, replaced and deleted ones too: by these an hour finds what to do anew.
select
    v.id as deal_id,
    v.origin_id,
    v._seq,
    v._next_seq
from {{ source('raw_crm', 'deal') }} as v
where v._seq <= {{ up_to_seq() }}
