-- An activity can turn into a call or cease to be one, so both of its names are given. A lead lends its
-- marks to the activities it owns, or has owned.
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

select distinct
    names.prefix || a.id as touch_id,
    'activity' as origin,
    a.id as origin_id,
    null::text as origin_text,
    a._seq
from activities as a
cross join (values ('crm.call:'), ('crm.activity:')) as names (prefix)
