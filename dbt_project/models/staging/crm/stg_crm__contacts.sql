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
    c.utm_source,
    c.utm_medium,
    c.utm_campaign,
    c.utm_content,
    c.utm_term,
    c.phone as phones,
    c.email as emails,
    c.uf as fields,
    c.date_create as created_at,
    c.date_modify as modified_at,
    c._seq
from {{ source('raw_crm', 'contact') }} as c
where {{ standing('c') }}
