select
    r.id as requisite_id,
    r.entity_type_id,
    r.entity_id,
    -- Ten digits of a firm, twelve of an entrepreneur; zeros alone are a form's way to say none.
    substring(
        regexp_replace(r.rq_inn, '[[:space:]]', '', 'g') from '^(?!0+$)([0-9]{10}|[0-9]{12})$'
    ) as inn,
    nullif(trim(r.rq_kpp), '') as kpp,
    {{ moment('r.date_create') }} as created_at,
    r._seq,
    r._next_seq
from {{ source('raw_crm', 'requisite') }} as r
where {{ standing('r') }}
