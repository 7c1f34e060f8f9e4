-- Every version up to the bound, replaced and deleted ones too: whether the shop has ever written visits.
select
    v.id as web_session_id,
    v._seq,
    v._next_seq
from {{ source('raw_bitrix', 'bl_web_session') }} as v
where v._seq <= {{ up_to_seq() }}
