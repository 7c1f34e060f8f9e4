-- Taken from the opening row of a call alone, which never changes; the call itself grows with every
-- batch. What an extension dials outside is a full number, what it dials inside is three digits.
with openings as (
    select
        e.linkedid as call_id,
        e._seq,
        case
            when {{ is_trunk('e.channame', 'e.context') }} then {{ normalise_phone('e.cid_num') }}
            else {{ normalise_phone('e.exten') }}
        end as phone,
        {{ source_time('CEL', 'e.eventtime') }} as started_at
    from {{ source('raw_cel', 'cel') }} as e
    where
        {{ seen('e') }}
        and e.uniqueid = e.linkedid
        and upper(trim(e.eventtype)) = 'CHAN_START'
        and e.eventtime is not null
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
from openings as o
where o.phone is not null
