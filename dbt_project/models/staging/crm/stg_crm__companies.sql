select
    c.id as company_id,
    nullif(trim(c.title), '') as title,
    c.company_type,
    c.assigned_by_id,
    c.phone as phones,
    c.email as emails,
    {{ moment('c.date_create') }} as created_at,
    {{ moment('c.date_modify') }} as modified_at,
    c._seq,
    c._next_seq
from {{ source('raw_crm', 'company') }} as c
where {{ standing('c') }}
