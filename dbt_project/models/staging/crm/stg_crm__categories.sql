select
    c.id as category_id,
    nullif(trim(c.name), '') as name,
    c.sort as sort_order,
    upper(coalesce(c.is_default, 'N')) in ('Y', 'TRUE', '1') as is_default,
    c._seq,
    c._next_seq
from {{ source('raw_crm', 'category') }} as c
where {{ standing('c') }}
