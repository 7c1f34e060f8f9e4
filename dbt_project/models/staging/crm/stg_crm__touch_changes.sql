-- An activity can turn into a call or cease to be one, so both of its names are given. A lead lends its
-- marks to the activities it owns, or has owned. What an object says of its source also follows from the lead
-- and the contact it was made of, and from the line of the dictionary, by every code that line has had.
with activities as (
    select
        c.id,
        c._seq
    from {{ source('raw_crm', 'activity') }} as c
    where c._seq <= {{ up_to_seq() }}
    union all
    select
        a.id,
        c._seq
    from {{ source('raw_crm', 'lead') }} as c
    inner join {{ source('raw_crm', 'activity') }} as a on c.id = a.owner_id
    where c._seq <= {{ up_to_seq() }} and a.owner_type_id = 1
)
,

{% set made_of = {'contact': {'lead': 'lead_id'}, 'deal': {'lead': 'lead_id', 'contact': 'contact_id'}} -%}
objects as (
    {%- for kind in ['lead', 'contact', 'deal'] %}
    select
        '{{ kind }}' as origin,
        c.id,
        c._seq
    from {{ source('raw_crm', kind) }} as c
    where c._seq <= {{ up_to_seq() }}
    union all
    {%- for other, key in made_of.get(kind, {}).items() %}
    select
        '{{ kind }}' as origin,
        o.id,
        c._seq
    from {{ source('raw_crm', other) }} as c
    inner join {{ source('raw_crm', kind) }} as o on c.id = o.{{ key }}
    where c._seq <= {{ up_to_seq() }}
    union all
    {%- endfor %}
    select
        '{{ kind }}' as origin,
        o.id,
        c._seq
    from {{ source('raw_crm', 'status') }} as c
    inner join {{ source('raw_crm', 'status') }} as named on c.id = named.id
    inner join {{ source('raw_crm', kind) }} as o on named.status_id = o.source_id
    where c._seq <= {{ up_to_seq() }} and named.entity_id = 'SOURCE'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select distinct
    names.prefix || a.id as touch_id,
    'activity' as origin,
    a.id as origin_id,
    null::text as origin_text,
    a._seq
from activities as a
cross join (values ('crm.call:'), ('crm.activity:')) as names (prefix)
union all
select distinct
    'crm.' || o.origin || ':' || o.id as touch_id,
    o.origin,
    o.id as origin_id,
    null::text as origin_text,
    o._seq
from objects as o
