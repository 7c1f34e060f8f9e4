-- One row per sign of consent to letters, of its withdrawal, or of an address that takes none: the site's
-- two modules for letters say who agreed, they and the providers who left. A provider's list is no consent:
-- it says what was uploaded to it.
{%- set no_text = "''::text" %}
{%- set events = says_of_consent('entry.event') ~ ' is not null' %}
{%- set states = says_of_consent('entry.send_result') ~ ' is not null' %}
{{ config(
    key=['origin', 'origin_id', 'origin_text'],
    unique_key=['origin', 'origin_id', 'origin_text'],
    follows={
        'stg_subscribe__sender_contacts': [
            {'by': {'origin': "'contact'", 'origin_id': 'sender_contact_id', 'origin_text': no_text}},
            {'through': 'stg_subscribe__sender_recipients', 'on': {'sender_contact_id': 'sender_contact_id'}},
        ],
        'stg_subscribe__sender_recipients': {
            'through': 'stg_subscribe__sender_unsubscribes', 'on': {'recipient_id': 'recipient_id'},
        },
        'stg_subscribe__sender_unsubscribes': {
            'by': {'origin': "'unsubscribe'", 'origin_id': 'sender_unsub_id', 'origin_text': no_text},
        },
        'stg_subscribe__subscriptions': {
            'by': {'origin': "'subscription'", 'origin_id': 'subscription_id', 'origin_text': no_text},
        },
        'stg_esp__email_events': {
            'by': {'origin': "'event'", 'origin_id': 'email_event_id', 'origin_text': no_text}, 'when': events,
        },
        'stg_esp__unisender_deliveries': {
            'by': {'origin': "'delivery'", 'origin_id': 'campaign_id', 'origin_text': 'email_written'},
            'when': states,
        },
        'stg_esp__sendpulse_emails': {
            'by': {'origin': "'letter'", 'origin_id': '0::bigint', 'origin_text': 'message_id'},
            'when': 'entry.smtp_answer_code between 500 and 599',
        },
    },
    reads={
        'stg_subscribe__sender_contacts': [
            'sender_contact_id', 'email', 'phone', 'is_unsubscribed', 'is_blacklisted', 'created_at', 'modified_at',
        ],
        'stg_subscribe__sender_recipients': ['recipient_id', 'sender_contact_id'],
    },
    indexes=[
        {'columns': ['origin_text', 'origin_id', 'origin'], 'unique': true},
        {'columns': ['id_value', 'id_type']},
    ],
) }}

with signs as (
    select
        'contact' as origin,
        c.sender_contact_id as origin_id,
        '' as origin_text,
        c.email,
        c.phone,
        case when c.is_unsubscribed or c.is_blacklisted then 'refused' else 'agreed' end as says,
        'sender' as told_by,
        case when c.is_unsubscribed or c.is_blacklisted then c.modified_at else c.created_at end as at
    from {{ ref('stg_subscribe__sender_contacts') }} as c
    union all
    select
        'unsubscribe' as origin,
        u.sender_unsub_id as origin_id,
        '' as origin_text,
        c.email,
        c.phone,
        'refused' as says,
        'sender' as told_by,
        u.at
    from {{ ref('stg_subscribe__sender_unsubscribes') }} as u
    inner join {{ ref('stg_subscribe__sender_recipients') }} as r on u.recipient_id = r.recipient_id
    inner join {{ ref('stg_subscribe__sender_contacts') }} as c on r.sender_contact_id = c.sender_contact_id
    union all
    -- Entered and never confirmed says nothing: anybody can type an address.
    select
        'subscription' as origin,
        s.subscription_id as origin_id,
        '' as origin_text,
        s.email,
        null as phone,
        case when not s.is_active then 'refused' when s.is_confirmed then 'agreed' end as says,
        'subscribe' as told_by,
        case when s.is_active then coalesce(s.confirmed_at, s.created_at) else s.modified_at end as at
    from {{ ref('stg_subscribe__subscriptions') }} as s
    union all
    select
        'event' as origin,
        e.email_event_id as origin_id,
        '' as origin_text,
        e.email,
        null as phone,
        {{ says_of_consent('e.event') }} as says,
        coalesce(e.provider, 'provider') as told_by,
        coalesce(e.at, e.received_at) as at
    from {{ ref('stg_esp__email_events') }} as e
    union all
    select
        'delivery' as origin,
        d.campaign_id as origin_id,
        d.email_written as origin_text,
        d.email,
        d.phone,
        {{ says_of_consent('d.send_result') }} as says,
        'unisender' as told_by,
        d.at
    from {{ ref('stg_esp__unisender_deliveries') }} as d
    union all
    select
        'letter' as origin,
        0 as origin_id,
        m.message_id as origin_text,
        m.email,
        null as phone,
        case when m.smtp_answer_code between 500 and 599 then 'dead' end as says,
        'sendpulse' as told_by,
        m.sent_at as at
    from {{ ref('stg_esp__sendpulse_emails') }} as m
)

select
    signs.origin,
    signs.origin_id,
    signs.origin_text,
    case when signs.email is not null then 'EMAIL' else 'PHONE' end as id_type,
    coalesce(signs.email, signs.phone) as id_value,
    signs.says,
    signs.told_by,
    signs.at
from signs
where signs.says is not null and coalesce(signs.email, signs.phone) is not null
