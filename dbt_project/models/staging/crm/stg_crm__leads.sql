select
    l.id as lead_id,
    l.title,
    l.name as first_name,
    l.last_name,
    l.status_id,
    l.status_semantic_id,
    l.source_id,
    nullif(l.contact_id, 0) as contact_id,
    nullif(l.company_id, 0) as company_id,
    l.assigned_by_id,
    {{ kopecks('l.opportunity') }} as opportunity_kopecks,
    l.currency_id as currency,
    l.origin_id,
    l.originator_id,
    {%- for mark in ['source', 'medium', 'campaign', 'content', 'term'] %}
    {{ typed_mark('l.utm_' ~ mark) }} as utm_{{ mark }},
    {%- endfor %}
    l.phone as phones,
    l.email as emails,
    substring(l.payload ->> 'BIRTHDATE' from '^[0-9]{4}-[0-9]{2}-[0-9]{2}') as birthday,
    array[
        l.payload ->> 'ADDRESS_CITY', l.payload ->> 'ADDRESS_PROVINCE', l.payload ->> 'ADDRESS_REGION'
    ] as address_names,
    l.uf as fields,
    {{ moment('l.date_create') }} as created_at,
    {{ moment('l.date_modify') }} as modified_at,
    {{ moment('l.date_closed') }} as closed_at,
    l._seq,
    l._next_seq
from {{ source('raw_crm', 'lead') }} as l
where {{ standing('l') }}
