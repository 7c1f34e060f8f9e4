select
    s.id as section_id,
    s.iblock_id,
    nullif(s.iblock_section_id, 0) as parent_id,
    coalesce(nullif(trim(s.name), ''), '#' || s.id) as name,
    s._seq,
    s._next_seq
from {{ source('raw_bitrix', 'b_iblock_section') }} as s
where {{ standing('s') }}
