select
    c.id as contact_id,
    c.name as first_name,
    c.last_name,
    c.second_name,
    c.source_id,
    nullif(c.lead_id, 0) as lead_id,
    nullif(c.company_id, 0) as company_id,
    c.assigned_by_id,
    c.origin_id,
    c.originator_id,
    {%- for mark in ['source', 'medium', 'campaign', 'content', 'term'] %}
    {{ typed_mark('c.utm_' ~ mark) }} as utm_{{ mark }},
    {%- endfor %}
    c.phone as phones,
    c.email as emails,
    substring(c.payload ->> 'BIRTHDATE' from '^[0-9]{4}-[0-9]{2}-[0-9]{2}') as birthday,
    array[
        c.payload ->> 'ADDRESS_CITY', c.payload ->> 'ADDRESS_PROVINCE', c.payload ->> 'ADDRESS_REGION'
    ] as address_names,
    c.uf as fields,
    {{ moment('c.date_create') }} as created_at,
    {{ moment('c.date_modify') }} as modified_at,
    -- As stored, where 0 means none: by this an index finds the contacts of a lead.
    c.lead_id as stored_lead_id,
    c._seq,
    c._next_seq
from {{ source('raw_crm', 'contact') }} as c
where {{ standing('c') }}
