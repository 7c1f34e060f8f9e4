-- One row per open or click event: whether it repeats an earlier row, and whether a machine did it. Both look
-- at what else was told of the same letter: of its message, else of the same address and campaign.
{{ config(materialized='ephemeral') }}

with events as (
    select
        e.*,
        -- Null, like nobody's, when the provider or the address is.
        e.provider || case
            when e.message_id <> '' then e'\x1fid\x1f' || e.message_id || e'\x1f' || coalesce(e.email, '')
            else e'\x1fto\x1f' || e.email_written || e'\x1f' || coalesce(e.campaign_id, '')
        end as letter
    from {{ ref('stg_esp__email_events') }} as e
),

told as (
    select
        e.email_event_id,
        bool_or(others.told_key = e.told_key and others.email_event_id < e.email_event_id) as is_repeat,
        bool_or(
            others.event in ('sent', 'delivered')
            and e.at between others.at and others.at + interval '5 seconds'
        ) as is_at_once,
        bool_or(
            others.event = 'delivered' and e.at between others.at and others.at + interval '1 minute'
        ) as is_fresh,
        count(distinct others.url) filter (
            where
            others.event = 'click'
            and others.at between e.at - interval '10 seconds'
            and e.at + interval '10 seconds'
        ) as links
    from events as e
    left join events as others on e.letter = others.letter
    where e.event in ('open', 'click')
    group by e.email_event_id
)

select
    e.email_event_id,
    e.event,
    e.at,
    e.received_at,
    e.email,
    e.email_written,
    e.message_id,
    e.url,
    e.campaign_id,
    e.provider,
    e.subject,
    e.marks,
    e.about,
    coalesce(told.is_repeat, false) as is_repeat,
    -- Marked so, sooner than anybody reads (5 seconds), or several links at once (within 10 seconds), as
    -- gateways follow them.
    e.is_marked_machine
    or coalesce(told.is_at_once, false)
    or (
        e.event = 'click' and (told.links > 2 or (told.links > 1 and coalesce(told.is_fresh, false)))
    ) as is_machine,
    e._seq
from events as e
inner join told on e.email_event_id = told.email_event_id
