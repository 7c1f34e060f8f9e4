-- One row per person; a name that is typed otherwise means nothing to anybody.
select
    p.id as person_id,
    p.city,
    p.name,
    p._seq,
    p._next_seq
from {{ source('raw_toy', 'person') }} as p
where {{ standing('p') }}
