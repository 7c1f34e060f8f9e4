select
    l.id as location_id,
    nullif(l.code, '') as code,
    nullif(l.parent_id, 0) as parent_id,
    l._seq,
    l._next_seq
from {{ source('raw_bitrix', 'b_sale_location') }} as l
where {{ standing('l') }}
