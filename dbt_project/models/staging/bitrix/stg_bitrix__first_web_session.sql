-- The first version ever of a visit in bl_web_session, replaced or deleted since or not: one row or none. It
-- never changes and never goes, so it has no `_next_seq`.
select
    first._seq,
    null::bigint as _next_seq
from (
    select min(s._seq) as _seq from {{ source('raw_bitrix', 'bl_web_session') }} as s
    where s._seq <= {{ up_to_seq() }}
) as first
where first._seq is not null
