-- One row per call.
select
    c.id as call_id,
    c.shop,
    c.at,
    c._seq,
    c._next_seq
from {{ source('raw_toy', 'call') }} as c
where {{ standing('c') }}
