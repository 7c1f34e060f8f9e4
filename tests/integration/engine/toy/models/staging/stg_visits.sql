-- One row per visit.
select
    v.id as visit_id,
    v.person_id,
    v.shop,
    v.at,
    v.amount,
    v._seq,
    v._next_seq
from {{ source('raw_toy', 'visit') }} as v
where {{ standing('v') }}
