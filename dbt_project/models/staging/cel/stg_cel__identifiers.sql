-- Taken from the opening row of a call, which never changes; the call itself grows with every batch. What
-- an extension dials outside is a full number, what it dials inside is three digits. Where the opening
-- row has no number (a click in the CRM rings the manager first), it is in later rows of that channel or is
-- the number of an outside one: each such row is an observation of its own, by whichever of the two rows
-- arrived last.
with openings as (
    select
        e.linkedid as call_id,
        e._seq,
        case
            when {{ is_trunk('e.channame', 'e.context') }} then {{ normalise_phone('e.cid_num') }}
            else {{ dialled_phone('e.exten') }}
        end as phone,
        {{ source_time('CEL', 'e.eventtime') }} as started_at
    from {{ source('raw_cel', 'cel') }} as e
    where
        {{ seen('e') }}
        and e.uniqueid = e.linkedid
        and upper(trim(e.eventtype)) = 'CHAN_START'
        and {{ moment('e.eventtime') }} is not null
),

later as (
    {%- for last, first in [('e', 'o'), ('o', 'e')] %}
    select
        e.linkedid as call_id,
        {{ last }}._seq,
        {{ dialled_phone('case when e.uniqueid = e.linkedid then e.exten else e.cid_num end') }} as phone,
        {{ source_time('CEL', 'e.eventtime') }} as started_at
    from {{ source('raw_cel', 'cel') }} as e
    inner join {{ source('raw_cel', 'cel') }} as o on e.linkedid = o.linkedid
    where
        {{ last }}._seq > {{ first }}._seq
        and {{ seen('e') }}
        and {{ seen('o') }}
        and {{ moment('e.eventtime') }} is not null
        and {{ moment('o.eventtime') }} is not null
        and o.uniqueid = o.linkedid
        and upper(trim(o.eventtype)) = 'CHAN_START'
        and coalesce(o.exten, '') !~ '\d{6}'
        and not {{ is_trunk('o.channame', 'o.context') }}
        and case
            when e.uniqueid = e.linkedid then e.exten ~ '\d{6}' and upper(trim(e.eventtype)) <> 'CHAN_START'
            else
                e.cid_num ~ '\d{6}'
                and {{ is_trunk('e.channame', 'e.context') }}
                -- The opening row dials nobody: a program made the call (AMI Originate), and put the channel
                -- into a context without a number or into a Local one that rings an extension.
                and (coalesce(trim(o.exten), '') in ('', 's') or starts_with(o.channame, 'Local/'))
        end
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

numbers as (
    select
        call_id,
        _seq,
        phone,
        started_at
    from openings
    union all
    select
        call_id,
        _seq,
        phone,
        started_at
    from later
)

select
    o._seq,
    'call_number' as rule,
    'PHONE' as a_type,
    o.phone as a_value,
    null::text as b_type,
    null::text as b_value,
    'cel' as source_table,
    o.call_id as source_key,
    o.started_at as observed_at
from numbers as o
where o.phone is not null
