-- One row per open, click or SMS that a provider told, at its own time; what has no time that can be read
-- stands where the letter was sent.
{{ config(materialized='ephemeral') }}

select
    'esp.event:' || e.email_event_id as touch_id,
    'email_' || e.event as touch_type,
    coalesce(e.at, e.received_at) as at,
    e.at is null as is_untimed,
    e.email,
    null::text as phone,
    e.url,
    e.campaign_id,
    e.provider,
    e.subject,
    e.marks,
    e.about,
    e.is_machine,
    e._seq,
    case
        when e.message_id <> '' then 'message'
        when e.email_written is not null then 'address'
        else 'event'
    end as origin,
    case
        when e.message_id <> '' or e.email_written is not null then 0::bigint
        else e.email_event_id
    end as origin_id,
    coalesce(nullif(e.message_id, ''), e.email_written, '') as origin_text
from {{ ref('stg_esp__reader_events') }} as e
where not e.is_repeat
union all
-- UniSender tells the last state of a letter only: an open followed by a click is a click.
select
    'esp.unisender:' || d.campaign_id || ':' || md5(d.email_written) as touch_id,
    case
        when d.is_sms then 'sms'
        when d.read_result = 'ok_read' then 'email_open'
        else 'email_click'
    end as touch_type,
    coalesce(d.read_at, c.starts_at) as at,
    d.read_at is null as is_untimed,
    d.email,
    d.phone,
    null as url,
    d.campaign_id::text as campaign_id,
    'unisender' as provider,
    c.subject,
    null as marks,
    null as about,
    false as is_machine,
    d._seq,
    'unisender' as origin,
    d.campaign_id as origin_id,
    d.email_written as origin_text
from {{ ref('stg_esp__unisender_deliveries') }} as d
left join {{ ref('stg_esp__unisender_campaigns') }} as c on d.campaign_id = c.campaign_id
where
    -- A short message is read where it arrives.
    (d.read_result is not null or (d.is_sms and d.send_result = 'ok_delivered'))
    -- The provider's hooks have told the same story event by event; it spells an address one way.
    and not exists (
        select 1
        from {{ ref('stg_esp__email_events') }} as e
        where
            e.provider = 'unisender'
            and e.event in ('open', 'click')
            and {{ id_in('e.campaign_id') }}::bigint = d.campaign_id
            and e.email_written = d.email_written
    )
union all
select
    'esp.sendpulse:' || a.message_id || ':' || a.action as touch_id,
    a.touch_type,
    coalesce(a.at, a.sent_at) as at,
    a.at is null as is_untimed,
    a.email,
    null as phone,
    a.url,
    null as campaign_id,
    'sendpulse' as provider,
    a.subject,
    'smtp' as marks,
    null as about,
    a.is_machine,
    a._seq,
    'sendpulse' as origin,
    0::bigint as origin_id,
    a.message_id as origin_text
from {{ ref('stg_esp__sendpulse_actions') }} as a
