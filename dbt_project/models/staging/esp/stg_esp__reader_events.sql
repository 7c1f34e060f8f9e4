-- One row per open or click event: whether it repeats an earlier row, and whether a machine did it. Both look
-- at what else was told of the same letter, so stg_esp__touch_changes names the whole letter again.
select
    e.email_event_id,
    e.event,
    e.at,
    e.received_at,
    e.email,
    e.url,
    e.campaign_id,
    e.provider,
    e.subject,
    e.marks,
    e.about,
    told.is_repeat,
    -- Marked so, sooner than anybody reads, or several links at once, as gateways follow them.
    e.is_marked_machine
    or coalesce(told.is_at_once, false)
    or (e.event = 'click' and (told.links > 2 or (told.links > 1 and told.is_fresh))) as is_machine,
    e._seq
from {{ ref('stg_esp__email_events') }} as e
-- What else was told of the letter: of its message, else of the same address and campaign.
cross join
    lateral (
        select
            coalesce(bool_or(
                others.told_key = e.told_key and others.email_event_id < e.email_event_id
            ), false) as is_repeat,
            bool_or(
                others.event in ('sent', 'delivered')
                and e.at between others.at and others.at + interval '{{ unread_seconds() }} seconds'
            ) as is_at_once,
            coalesce(bool_or(
                others.event = 'delivered' and e.at between others.at and others.at + interval '1 minute'
            ), false) as is_fresh,
            count(distinct others.url) filter (
                where
                others.event = 'click'
                and others.at between e.at - interval '{{ scan_seconds() }} seconds'
                and e.at + interval '{{ scan_seconds() }} seconds'
            ) as links
        from (
            select
                m.email_event_id,
                m.event,
                m.at,
                m.url,
                m.told_key
            from {{ ref('stg_esp__email_events') }} as m
            where
                e.message_id <> ''
                and m.message_id = e.message_id
                and m.provider = e.provider
                and m.email is not distinct from e.email
            union all
            select
                a.email_event_id,
                a.event,
                a.at,
                a.url,
                a.told_key
            from {{ ref('stg_esp__email_events') }} as a
            where
                coalesce(e.message_id, '') = ''
                and a.email_written = e.email_written
                and coalesce(a.message_id, '') = ''
                and a.provider = e.provider
                and a.campaign_id is not distinct from e.campaign_id
        ) as others
    ) as told
where e.event in ('open', 'click')
