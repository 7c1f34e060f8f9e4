select
    s.id as dictionary_id,
    s.entity_id as dictionary,
    s.status_id,
    s.name,
    s.sort as sort_order,
    s.semantics,
    s.category_id,
    s._seq,
    s._next_seq
from {{ source('raw_crm', 'status') }} as s
where {{ standing('s') }}
