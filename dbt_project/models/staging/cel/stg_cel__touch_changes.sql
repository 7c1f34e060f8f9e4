-- An event that moved to another call changes both.
select distinct
    'cel.call:' || e.linkedid as touch_id,
    'call' as origin,
    null::bigint as origin_id,
    e.linkedid as origin_text,
    c._seq
from {{ source('raw_cel', 'cel') }} as c
inner join {{ source('raw_cel', 'cel') }} as e on c.id = e.id
where c._seq <= {{ up_to_seq() }} and e.linkedid <> ''
