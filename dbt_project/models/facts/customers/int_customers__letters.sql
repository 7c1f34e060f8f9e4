-- One row per letter of a campaign and what became of it: per recipient of the sender module, copy of a
-- newsletter, delivery of UniSender (a letter or an SMS), letter by SMTP, and, of what providers' hooks tell,
-- per message and address, or per address as written where they name no message. An event without campaign
-- is of no letter.
{%- set nothing, no_text = '0::bigint', "''::text" %}
{%- set of_recipient = {
    'by': {'origin': "'recipient'", 'origin_id': 'recipient_id', 'origin_text': no_text},
} %}
{{ config(
    key=['origin', 'origin_id', 'origin_text'],
    unique_key=['origin', 'origin_id', 'origin_text', 'provider', 'campaign_id', 'address'],
    follows={
        'stg_subscribe__sender_recipients': of_recipient,
        'stg_subscribe__sender_reads': of_recipient,
        'stg_subscribe__sender_clicks': of_recipient,
        'stg_subscribe__sender_unsubscribes': of_recipient,
        'stg_subscribe__posting_emails': {
            'by': {'origin': "'copy'", 'origin_id': 'posting_email_id', 'origin_text': no_text},
        },
        'stg_esp__unisender_deliveries': {
            'by': {
                'origin': "case when entry.is_sms then 'text' else 'delivery' end",
                'origin_id': 'campaign_id',
                'origin_text': 'email_written',
            },
        },
        'stg_esp__sendpulse_emails': {
            'by': {'origin': "'message'", 'origin_id': nothing, 'origin_text': 'message_id'},
        },
        'stg_esp__email_events': [
            {
                'by': {'origin': "'hook'", 'origin_id': nothing, 'origin_text': 'message_id'},
                'when': "entry.message_id <> ''",
            },
            {
                'by': {'origin': "'hook'", 'origin_id': '1::bigint', 'origin_text': 'email_written'},
                'when': "coalesce(entry.message_id, '') = ''",
            },
        ],
        'stg_esp__touches': {
            'through': 'stg_esp__email_events',
            'on': "entry.touch_id = 'esp.event:' || via.email_event_id and via.email_event_id ="
                ~ " case when starts_with(entry.touch_id, 'esp.event:')"
                ~ " then split_part(entry.touch_id, ':', 2)::bigint end",
        },
    },
    reads={
        'stg_subscribe__sender_recipients': ['recipient_id', 'posting_id', 'status'],
        'stg_subscribe__posting_emails': ['posting_email_id', 'posting_id', 'status'],
        'stg_esp__email_events': ['email_event_id', 'provider', 'event', 'campaign_id', 'message_id', 'email', 'email_written'],
        'stg_esp__touches': ['touch_id', 'touch_type', 'is_machine'],
    },
    indexes=[
        {'columns': ['origin_text', 'origin_id', 'origin', 'provider', 'campaign_id', 'address'], 'unique': true},
    ],
) }}

select
    origin,
    origin_id,
    origin_text,
    provider,
    campaign_id,
    address,
    {%- for name in ['sent', 'delivered', 'unsubscribed', 'spam', 'bounced'] %}
    coalesce(is_{{ name }}, false)::int as {{ name }},
    {%- endfor %}
    (opens > 0)::int as opened,
    (clicks > 0)::int as clicked,
    -- Nobody but a robot opened it.
    (machine_opens > 0 and opens = 0)::int as opened_by_machine,
    opens::bigint as opens,
    clicks::bigint as clicks
from {{ ref('int_customers__letters_told') }}
where campaign_id is not null and origin_text is not null
