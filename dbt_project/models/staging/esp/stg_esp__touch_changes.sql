-- An event of a letter, once told, takes the place of the letter's last state; a deleted one gives it back.
-- All versions of an event count: it may have named another letter before.
with events as not materialized (
    select
        e.id,
        lower(trim(e.provider)) as provider,
        e.email,
        e.campaign_id,
        e.message_id,
        c._seq
    from {{ source('raw_esp', 'bl_email_events') }} as c
    inner join {{ source('raw_esp', 'bl_email_events') }} as e on c.id = e.id
    where c._seq <= {{ up_to_seq() }}
),

-- What else was told of the letter of an event decides whether it repeats, and whether a machine did it.
letter_events as not materialized (
    select
        e.id,
        e._seq
    from events as e
    union all
    select
        others.id,
        e._seq
    from events as e
    inner join {{ source('raw_esp', 'bl_email_events') }} as others on e.message_id = others.message_id
    where e.message_id <> ''
    union all
    select
        others.id,
        e._seq
    from events as e
    inner join {{ source('raw_esp', 'bl_email_events') }} as others on e.email = others.email
    where coalesce(e.message_id, '') = '' and coalesce(others.message_id, '') = ''
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
    inner join {{ source('raw_esp', 'unisender_delivery') }} as d on e.email = d.email
    where e.provider = 'unisender'
    union all
    -- Of a campaign only its subject and start matter: its state changes all the time.
    select
        d.campaign_id,
        d.email,
        c._seq
    from {{ source('raw_esp', 'unisender_campaign') }} as c
    inner join {{ source('raw_esp', 'unisender_delivery') }} as d on c.id = d.campaign_id
    where
        c._seq <= {{ up_to_seq() }}
        and not exists (
            select 1 from {{ source('raw_esp', 'unisender_campaign') }} as before
            where
                before.id = c.id
                and before._next_seq = c._seq
                and before.subject is not distinct from c.subject
                and before.start_time is not distinct from c.start_time
                and before._deleted = c._deleted
        )
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
from letter_events as e
union all
select distinct
    'esp.unisender:' || l.campaign_id || ':' || md5(l.email) as touch_id,
    'unisender' as origin,
    l.campaign_id as origin_id,
    l.email as origin_text,
    l._seq
from letters as l
union all
-- Every version of a letter: an action may have been told that is not any more.
select distinct
    'esp.sendpulse:' || m.id || ':' || done.action as touch_id,
    'sendpulse' as origin,
    null::bigint as origin_id,
    m.id as origin_text,
    m._seq
from messages as m
inner join {{ source('raw_esp', 'sendpulse_email') }} as v on m.id = v.id
{%- set tracking = "(v.payload -> 'tracking')" %}
cross join lateral {{ sendpulse_actions(tracking, 'v.opened', 'v.clicked') }} as done -- noqa: ST05
where v._seq <= {{ up_to_seq() }}
