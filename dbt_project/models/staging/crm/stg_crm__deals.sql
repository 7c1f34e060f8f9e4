{%- set closed = moment('d.closedate') %}
select
    d.id as deal_id,
    d.title,
    coalesce(d.category_id, 0) as category_id,
    d.stage_id,
    d.stage_semantic_id,
    coalesce(d.closed, 'N') = 'Y' as is_closed,
    d.source_id,
    nullif(d.lead_id, 0) as lead_id,
    nullif(d.contact_id, 0) as contact_id,
    nullif(d.company_id, 0) as company_id,
    d.assigned_by_id,
    {{ kopecks('coalesce(d.opportunity, 0)') }} as opportunity_kopecks,
    d.currency_id as currency,
    d.origin_id,
    d.originator_id,
    {%- for mark in ['source', 'medium', 'campaign', 'content', 'term'] %}
    {{ typed_mark('d.utm_' ~ mark) }} as utm_{{ mark }},
    {%- endfor %}
    d.uf as fields,
    {{ moment('d.begindate') }} as begins_at,
    -- Planned date while the deal is open, overwritten when it closes.
    {{ closed }} as closes_at,
    -- A date without an hour once it has closed: on the day that the deal was made it cannot be before that.
    case
        when coalesce(d.closed, 'N') <> 'Y' then null
        when {{ local_date(closed) }} = {{ local_date(moment('d.date_create')) }}
            then greatest({{ closed }}, d.date_create)
        else {{ closed }}
    end as closed_at,
    {{ moment('d.date_create') }} as created_at,
    {{ moment('d.date_modify') }} as modified_at,
    -- As stored, where 0 means none: by these an index finds the deals of a lead or a contact.
    d.lead_id as stored_lead_id,
    d.contact_id as stored_contact_id,
    d._seq,
    d._next_seq
from {{ source('raw_crm', 'deal') }} as d
where {{ standing('d') }}
