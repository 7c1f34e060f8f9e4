select
    e.id as event_id,
    upper(trim(e.eventtype)) as event_type,
    {{ source_time('CEL', 'e.eventtime') }} as at,
    e.channame as channel,
    e.peer,
    nullif(trim(e.cid_num), '') as caller,
    nullif(trim(e.cid_dnid), '') as dialled,
    nullif(trim(e.exten), '') as extension,
    e.context,
    e.appname as application,
    e.uniqueid as channel_id,
    e.linkedid as call_id,
    e.uniqueid = e.linkedid as is_root,
    coalesce(e.channame, '') like 'Local/%' as is_local,
    {{ is_trunk('e.channame', 'e.context') }} as is_trunk,
    e.extra,
    e._seq,
    e._next_seq
from {{ source('raw_cel', 'cel') }} as e
where {{ standing('e') }} and e.linkedid <> '' and {{ moment('e.eventtime') }} is not null
