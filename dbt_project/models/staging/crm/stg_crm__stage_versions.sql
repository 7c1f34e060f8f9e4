-- Every version up to the bound, replaced and deleted ones too: by these an hour finds what to do anew.
select
    v.entity_type_id,
    v.owner_id,
    v._seq,
    v._next_seq
from {{ source('raw_crm', 'stage_history') }} as v
where v._seq <= {{ up_to_seq() }}
