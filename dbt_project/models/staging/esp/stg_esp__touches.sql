with events as (
    select
        'esp.event:' || e.email_event_id as touch_id,
        'email_' || e.event as touch_type,
        e.at,
        e.email,
        e.url,
        e.campaign_id,
        e.provider,
        -- Scanners of mail gateways open and click every letter before its reader does.
        coalesce(
            e.payload ->> 'user_agent' ~* 'bot|crawl|spider|scanner|preview|barracuda|proofpoint|mimecast',
            false
        ) as is_machine,
        e._seq,
        'event' as origin,
        e.email_event_id as origin_id,
        null::text as origin_text
    from {{ ref('stg_esp__email_events') }} as e
    where e.event in ('open', 'click')
    union all
    -- UniSender tells the last state of a letter only: an open followed by a click is a click.
    select
        'esp.unisender:' || d.campaign_id || ':' || md5(d.email_written) as touch_id,
        case d.send_result when 'ok_read' then 'email_open' else 'email_click' end as touch_type,
        d.at,
        d.email,
        null as url,
        d.campaign_id::text as campaign_id,
        'unisender' as provider,
        false as is_machine,
        d._seq,
        'unisender' as origin,
        d.campaign_id as origin_id,
        d.email_written as origin_text
    from {{ ref('stg_esp__unisender_deliveries') }} as d
    where
        d.send_result in ('ok_read', 'ok_link_visited')
        -- The provider's hooks have told the same story event by event; it spells an address one way.
        and not exists (
            select 1
            from {{ ref('stg_esp__email_events') }} as e
            where
                e.provider = 'unisender'
                and e.event in ('open', 'click')
                and e.campaign_id = d.campaign_id::text
                and e.email_written = d.email_written
        )
    union all
    -- SendPulse counts opens and clicks without their times; the time of sending has to do.
    select
        'esp.sendpulse:' || m.message_id as touch_id,
        case when m.clicks > 0 then 'email_click' else 'email_open' end as touch_type,
        m.sent_at as at,
        m.email,
        null as url,
        null as campaign_id,
        'sendpulse' as provider,
        false as is_machine,
        m._seq,
        'sendpulse' as origin,
        null as origin_id,
        m.message_id as origin_text
    from {{ ref('stg_esp__sendpulse_emails') }} as m
    where
        (m.opens > 0 or m.clicks > 0)
        and not exists (
            select 1
            from {{ ref('stg_esp__email_events') }} as e
            where e.provider = 'sendpulse' and e.event in ('open', 'click') and e.message_id = m.message_id
        )
)

select
    e.touch_id,
    'esp' as source_system,
    e.touch_type,
    e.at,
    case when e.email is not null then 'EMAIL' end as id_type,
    e.email as id_value,
    {{ url_parameter('e.url', 'utm_source') }} as utm_source,
    {{ url_parameter('e.url', 'utm_medium') }} as utm_medium,
    coalesce({{ url_parameter('e.url', 'utm_campaign') }}, e.campaign_id) as utm_campaign,
    {{ url_parameter('e.url', 'utm_content') }} as utm_content,
    {{ url_parameter('e.url', 'utm_term') }} as utm_term,
    null::text as referrer_host,
    {{ click_id('e.url') }} as click_id,
    e.provider,
    null::text as trunk,
    'in' as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    e.is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    e._seq,
    e.origin,
    e.origin_id,
    e.origin_text
from events as e
where e.at is not null
