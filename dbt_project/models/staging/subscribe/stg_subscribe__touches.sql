-- One row per open of or click in a letter of the sender module, with the address of the recipient's contact.
{%- set events = {'open': 'stg_subscribe__sender_reads', 'click': 'stg_subscribe__sender_clicks'} %}
{%- set by_recipient, by_posting = [], [] %}
{%- for model in events.values() %}
{%- do by_recipient.append({'through': model, 'on': {'recipient_id': 'recipient_id'}}) %}
{%- do by_posting.append({'through': model, 'on': {'posting_id': 'posting_id'}}) %}
{%- endfor %}
{{ config(
    materialized='keyed',
    key=['origin', 'origin_id'],
    unique_key='touch_id',
    follows={
        'stg_subscribe__sender_reads': {'by': {'origin': "'open'", 'origin_id': 'sender_read_id'}},
        'stg_subscribe__sender_clicks': {'by': {'origin': "'click'", 'origin_id': 'sender_click_id'}},
        'stg_subscribe__sender_recipients': by_recipient,
        'stg_subscribe__sender_contacts': {
            'through': 'stg_subscribe__sender_recipients', 'on': {'sender_contact_id': 'sender_contact_id'}
        },
        'stg_subscribe__sender_postings': by_posting,
    },
    reads={
        'stg_subscribe__sender_recipients': ['recipient_id', 'sender_contact_id'],
        'stg_subscribe__sender_contacts': ['sender_contact_id', 'email'],
        'stg_subscribe__sender_postings': ['posting_id', 'mailing_id'],
    },
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['origin_id', 'origin']},
        {'columns': ['id_value', 'id_type']},
    ],
) }}

with events as (
    {%- for origin, model in events.items() %}
    select
        '{{ origin }}' as origin,
        e.sender_{{ {'open': 'read', 'click': 'click'}[origin] }}_id as origin_id,
        e.recipient_id,
        e.posting_id,
        {{ 'e.url' if origin == 'click' else 'null::text' }} as url,
        e.at,
        e._seq
    from {{ ref(model) }} as e
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    'subscribe.' || e.origin || ':' || e.origin_id as touch_id,
    'subscribe' as source_system,
    10::smallint as source_priority,
    'email_' || e.origin as touch_type,
    e.at,
    case when a.email is not null then 'EMAIL' end as id_type,
    a.email as id_value,
    {{ url_parameter('e.url', 'utm_source') }} as utm_source,
    {{ url_parameter('e.url', 'utm_medium') }} as utm_medium,
    -- The module strips its own marks from the stored address; the mailing is what is left to tell.
    coalesce({{ url_parameter('e.url', 'utm_campaign') }}, p.mailing_id::text) as utm_campaign,
    {{ url_parameter('e.url', 'utm_content') }} as utm_content,
    {{ url_parameter('e.url', 'utm_term') }} as utm_term,
    null::text as referrer_host,
    {{ click_id('e.url') }} as click_id,
    'sender' as provider,
    null::text as trunk,
    'in' as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    null::text as subject,
    null::text as marks,
    null::text as about,
    null::text as caveat,
    e.origin,
    e.origin_id,
    e._seq
from events as e
left join {{ ref('stg_subscribe__sender_recipients') }} as r on e.recipient_id = r.recipient_id
left join {{ ref('stg_subscribe__sender_contacts') }} as a on r.sender_contact_id = a.sender_contact_id
left join {{ ref('stg_subscribe__sender_postings') }} as p on e.posting_id = p.posting_id
where e.at is not null
