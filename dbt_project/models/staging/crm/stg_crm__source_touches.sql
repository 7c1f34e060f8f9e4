-- What a CRM object says of its source, as a touch at its creation: its marks, else its SOURCE_ID. What is
-- made of another object inherits: a deal or a contact of a lead unless it says more than the lead, a deal of
-- a contact unless it says something else. The copy of a site order says what the site knows better.
{{ config(materialized='ephemeral') }}
{%- set marks = ['source', 'medium', 'campaign', 'content', 'term'] %}
with objects as (
    select
        'lead' as origin,
        l.lead_id as origin_id,
        l.created_at as at,
        'LEAD' as id_type,
        l.lead_id::text as id_value,
        l.source_id,
        l.utm_{{ marks | join(',\n        l.utm_') }},
        {{ told_source('l') }} as told,
        l._seq
    from {{ ref('stg_crm__leads') }} as l
    union all
    select
        'contact' as origin,
        c.contact_id as origin_id,
        c.created_at as at,
        'CONTACT' as id_type,
        c.contact_id::text as id_value,
        c.source_id,
        c.utm_{{ marks | join(',\n        c.utm_') }},
        {{ told_source('c') }} as told,
        c._seq
    from {{ ref('stg_crm__contacts') }} as c
    left join {{ ref('stg_crm__leads') }} as l on c.lead_id = l.lead_id
    where l.lead_id is null or {{ told_source('c') }} > {{ told_source('l') }}
    union all
    select
        'deal' as origin,
        d.deal_id as origin_id,
        -- A deal that is brought in closed was sold before.
        least(d.created_at, d.closed_at) as at,
        case
            when d.contact_id is not null then 'CONTACT'
            when d.lead_id is not null then 'LEAD'
        end as id_type,
        coalesce(d.contact_id, d.lead_id)::text as id_value,
        d.source_id,
        d.utm_{{ marks | join(',\n        d.utm_') }},
        {{ told_source('d') }} as told,
        d._seq
    from {{ ref('stg_crm__deals') }} as d
    left join {{ ref('stg_crm__leads') }} as l on d.lead_id = l.lead_id
    left join {{ ref('stg_crm__contacts') }} as c on d.contact_id = c.contact_id
    where
        (coalesce(d.originator_id, '') <> 'bitrix_site' or coalesce(d.origin_id, '') = '')
        and (l.lead_id is null or {{ told_source('d') }} > {{ told_source('l') }})
        and case
            when c.contact_id is null then true
            when {{ is_marked('d') }} then not ({{ same_marks('d', 'c') }})
            else d.source_id is distinct from c.source_id
        end
),

-- Rules are tried once per code, not once per object.
known as materialized (
    select
        source_id,
        source,
        medium
    from {{ ref('stg_crm__sources') }}
),

-- A source that has left the dictionary is told by its code.
unknown as materialized (
    select
        codes.source_id,
        rule.source,
        rule.medium
    from (
        select source_id from objects
        where told = 1
        except
        select source_id from known
    ) as codes
    left join lateral {{ crm_source_rule('codes.source_id', 'null::text') }} as rule on true
),

codes as (
    select * from known
    union all
    select * from unknown
)

select
    o.origin,
    o.origin_id,
    o.at,
    o.id_type,
    o.id_value,
    case when o.told = 2 then o.utm_source else coalesce(codes.source, lower(o.source_id)) end as utm_source,
    case when o.told = 2 then o.utm_medium else codes.medium end as utm_medium,
    {%- for mark in marks[2:] %}
    case when o.told = 2 then o.utm_{{ mark }} end as utm_{{ mark }},
    {%- endfor %}
    o._seq
from objects as o
left join codes on o.source_id = codes.source_id and o.told = 1
where o.told > 0 and o.at is not null
