-- What a CRM object says of its source, as a touch at its creation: its marks, else its SOURCE_ID. What is
-- made of another object inherits: a deal or a contact of a lead unless it says more than the lead, a deal of
-- a contact unless it says something else. The copy of a site order says what the site knows better.
{{ config(materialized='ephemeral') }}
{%- set marks = ['source', 'medium', 'campaign', 'content', 'term'] %}
{%- set cleaned = [] %}
{%- for mark in marks[:3] %}{% do cleaned.append(clean_utm('o.utm_' ~ mark)) %}{% endfor %}

with
{%- for kind in ['leads', 'contacts', 'deals'] %}
{{ kind }} as not materialized (
    select
        o.*,
        array[{{ cleaned | join(', ') }}] as marks,
        -- 2 marks (content and term alone say no source), 1 a line of the dictionary, 0 nothing.
        case
            when coalesce({{ cleaned | join(', ') }}) is not null then 2
            when nullif(o.source_id, '') is not null then 1
            else 0
        end as told
    from {{ ref('stg_crm__' ~ kind) }} as o
),
{% endfor %}
objects as (
    select
        'lead' as origin,
        l.lead_id as origin_id,
        l.created_at as at,
        'LEAD' as id_type,
        l.lead_id::text as id_value,
        l.source_id,
        l.utm_{{ marks | join(',\n        l.utm_') }},
        l.told,
        l._seq
    from leads as l
    union all
    select
        'contact' as origin,
        c.contact_id as origin_id,
        c.created_at as at,
        'CONTACT' as id_type,
        c.contact_id::text as id_value,
        c.source_id,
        c.utm_{{ marks | join(',\n        c.utm_') }},
        c.told,
        c._seq
    from contacts as c
    left join leads as l on c.lead_id = l.lead_id
    where l.lead_id is null or c.told > l.told
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
        d.told,
        d._seq
    from deals as d
    left join leads as l on d.lead_id = l.lead_id
    left join contacts as c on d.contact_id = c.contact_id
    where
        (coalesce(d.originator_id, '') <> 'bitrix_site' or coalesce(d.origin_id, '') = '')
        and (l.lead_id is null or d.told > l.told)
        and case
            when c.contact_id is null then true
            when d.told = 2 then d.marks <> c.marks
            else d.source_id is distinct from c.source_id
        end
),

-- As the CRM's dictionary names them; a source that has left it is told by its code.
names as (
    select distinct on (s.status_id)
        s.status_id,
        s.name
    from {{ ref('stg_crm__statuses') }} as s
    where s.dictionary = 'SOURCE' and s.status_id <> ''
    order by s.status_id asc, s.dictionary_id asc
),

-- Rules are tried once per code, not once per object.
codes as materialized (
    select
        said.source_id,
        coalesce(rule.source, {{ clean_utm('names.name') }}, lower(said.source_id)) as source,
        rule.medium
    from (
        select distinct source_id from objects
        where told = 1
    ) as said
    left join names on said.source_id = names.status_id
    left join lateral (
        select
            -- An empty cell of a seed is null when loaded and '' in unit tests.
            nullif(rules.source, '') as source,
            nullif(rules.medium, '') as medium
        from {{ ref('crm_sources') }} as rules
        where
            lower(trim(case rules.field when 'name' then names.name else said.source_id end)) ~ rules.pattern
        order by rules.priority
        limit 1
    ) as rule on true
)

select
    o.origin,
    o.origin_id,
    o.at,
    o.id_type,
    o.id_value,
    case when o.told = 2 then o.utm_source else codes.source end as utm_source,
    case when o.told = 2 then o.utm_medium else codes.medium end as utm_medium,
    {%- for mark in marks[2:] %}
    case when o.told = 2 then o.utm_{{ mark }} end as utm_{{ mark }},
    {%- endfor %}
    o._seq
from objects as o
left join codes on o.source_id = codes.source_id and o.told = 1
where o.told > 0 and o.at is not null
