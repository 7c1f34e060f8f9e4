-- One row per letter of a campaign as each source tells of it, in the same words: sent, delivered, opened,
-- clicked, left, called spam, come back; null where it does not tell.
{{ config(materialized='ephemeral') }}

with reacted as (
    {%- for model in ['reads', 'clicks', 'unsubscribes'] %}
    select
        {%- for other in ['reads', 'clicks', 'unsubscribes'] %}
        {{ (other == model) | int }} as {{ other }},
        {%- endfor %}
        recipient_id
    from {{ ref('stg_subscribe__sender_' ~ model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

reactions as (
    select
        recipient_id,
        sum(reads) as opens,
        sum(clicks) as clicks,
        sum(unsubscribes) as unsubscribes
    from reacted
    group by recipient_id
),

hooks as (
    select
        events.*,
        coalesce({{ says_of_consent('events.event') }} = 'refused', false) as is_refusal,
        coalesce(events.message_id, '') <> '' as has_message,
        touches.touch_type,
        touches.is_machine
    from {{ ref('stg_esp__email_events') }} as events
    left join {{ ref('stg_esp__touches') }} as touches
        on 'esp.event:' || events.email_event_id = touches.touch_id
)

-- N is sent, Y and W wait, E failed.
select
    'recipient' as origin,
    letters.recipient_id as origin_id,
    '' as origin_text,
    'sender' as provider,
    letters.posting_id::text as campaign_id,
    '' as address,
    letters.status = 'N' as is_sent,
    null::boolean as is_delivered,
    coalesce(reactions.opens, 0) as opens,
    0 as machine_opens,
    coalesce(reactions.clicks, 0) as clicks,
    coalesce(reactions.unsubscribes, 0) > 0 as is_unsubscribed,
    false as is_spam,
    letters.status = 'E' as is_bounced
from {{ ref('stg_subscribe__sender_recipients') }} as letters
left join reactions on letters.recipient_id = reactions.recipient_id
union all
select
    'copy' as origin,
    posting_email_id as origin_id,
    '' as origin_text,
    'subscribe' as provider,
    posting_id::text as campaign_id,
    '' as address,
    status = 'N' as is_sent,
    null as is_delivered,
    0 as opens,
    0 as machine_opens,
    0 as clicks,
    false as is_unsubscribed,
    false as is_spam,
    status = 'E' as is_bounced
from {{ ref('stg_subscribe__posting_emails') }}
union all
-- Who had left before and what will be tried again was not sent.
select
    case when is_sms then 'text' else 'delivery' end as origin,
    campaign_id as origin_id,
    email_written as origin_text,
    'unisender' as provider,
    campaign_id::text as campaign_id,
    '' as address,
    send_result ~ '^(ok|err)_' and send_result !~ '^err_(unsubscribed|blacklisted|will_retry|resend)'
        as is_sent,
    send_result ~ '^ok_(delivered|read|link_visited|unsubscribed|spam_folder|fbl)' as is_delivered,
    (read_result is not null)::int as opens,
    0 as machine_opens,
    (read_result is not distinct from 'ok_link_visited')::int as clicks,
    send_result = 'ok_unsubscribed' as is_unsubscribed,
    send_result in ('ok_spam_folder', 'ok_fbl') as is_spam,
    send_result ~ '^err_' and send_result !~ '^err_(unsubscribed|blacklisted|will_retry|resend)'
        as is_bounced
from {{ ref('stg_esp__unisender_deliveries') }}
union all
select
    'message' as origin,
    0 as origin_id,
    message_id as origin_text,
    'sendpulse' as provider,
    '(smtp)' as campaign_id,
    '' as address,
    true as is_sent,
    null as is_delivered,
    opens,
    0 as machine_opens,
    clicks,
    false as is_unsubscribed,
    false as is_spam,
    smtp_answer_code between 500 and 599 as is_bounced
from {{ ref('stg_esp__sendpulse_emails') }}
union all
select
    'hook' as origin,
    (not has_message)::int as origin_id,
    case when has_message then message_id else email_written end as origin_text,
    coalesce(provider, '(none)') as provider,
    campaign_id,
    coalesce(email, email_written, '') as address,
    bool_or(event in ('sent', 'send', 'processed')) as is_sent,
    bool_or(event in ('delivered', 'delivery')) as is_delivered,
    count(*) filter (where touch_type = 'email_open' and not is_machine) as opens,
    count(*) filter (where touch_type = 'email_open' and is_machine) as machine_opens,
    count(*) filter (where touch_type = 'email_click' and not is_machine) as clicks,
    bool_or(is_refusal and event ~ 'unsub') as is_unsubscribed,
    bool_or(is_refusal and event !~ 'unsub') as is_spam,
    bool_or(event ~ '(bounce|undeliver|dropped|reject)') as is_bounced
from hooks
group by 1, 2, 3, 4, 5, 6
