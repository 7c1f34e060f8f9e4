-- An event of a letter, once told, takes the place of the letter's last state; a deleted one gives it back.
-- All versions of an event count: it may have named another letter before.
with events as not materialized (
    select
        e.id,
        lower(e.provider) as provider,
        e.email,
        e.campaign_id,
        e.message_id,
        c._seq
    from {{ source('raw_esp', 'bl_email_events') }} as c
    inner join {{ source('raw_esp', 'bl_email_events') }} as e on c.id = e.id
    where c._seq <= {{ up_to_seq() }}
),

letters as not materialized (
    select
        d.campaign_id,
        d.email,
        d._seq
    from {{ source('raw_esp', 'unisender_delivery') }} as d
    where d._seq <= {{ up_to_seq() }}
    union all
    select
        d.campaign_id,
        d.email,
        e._seq
    from events as e
    inner join {{ source('raw_esp', 'unisender_delivery') }} as d
        on e.email = d.email and e.campaign_id = d.campaign_id::text
    where e.provider = 'unisender'
),

messages as not materialized (
    select
        m.id,
        m._seq
    from {{ source('raw_esp', 'sendpulse_email') }} as m
    where m._seq <= {{ up_to_seq() }}
    union all
    select
        e.message_id,
        e._seq
    from events as e
    where e.provider = 'sendpulse' and e.message_id is not null
)

select distinct
    'esp.event:' || e.id as touch_id,
    'event' as origin,
    e.id as origin_id,
    null::text as origin_text,
    e._seq
from events as e
union all
select distinct
    'esp.unisender:' || l.campaign_id || ':' || md5(l.email) as touch_id,
    'unisender' as origin,
    l.campaign_id as origin_id,
    l.email as origin_text,
    l._seq
from letters as l
union all
select distinct
    'esp.sendpulse:' || m.id as touch_id,
    'sendpulse' as origin,
    null::bigint as origin_id,
    m.id as origin_text,
    m._seq
from messages as m
