-- One row per open, click or SMS that a provider told. What has no time that can be read is shown where the
-- letter was sent, under a rule that keeps it off every path (`caveat` untimed). What was told of a letter is
-- judged together: `origin_text` names its message (message, sendpulse) or the address it went to (address;
-- unisender, with the campaign in `origin_id`); an event that names neither stands alone (event).
{%- set is_message, is_read = "entry.message_id <> ''", "entry.event in ('open', 'click')" %}
{%- set nothing, told = '0::bigint', [] %}
{%- for origin, condition, id, text in [
    ('message', is_message, nothing, 'message_id'),
    ('address', "(" ~ is_message ~ ") is not true", nothing, 'email_written'),
    ('event', "(" ~ is_message ~ ") is not true and entry.email_written is null", 'email_event_id', "''::text"),
    ('unisender', "entry.provider = 'unisender' and " ~ is_read, id_in('entry.campaign_id') ~ '::bigint', 'email_written'),
    ('sendpulse', "entry.provider = 'sendpulse' and " ~ is_read, nothing, 'message_id'),
] %}
{%- do told.append({'by': {
    'origin': "case when " ~ condition ~ " then '" ~ origin ~ "' end", 'origin_id': id, 'origin_text': text
}}) %}
{%- endfor %}
{{ config(
    materialized='keyed',
    key=['origin', 'origin_id', 'origin_text'],
    unique_key='touch_id',
    follows={
        'stg_esp__email_events': told,
        'stg_esp__unisender_deliveries': {'by': {
            'origin': "'unisender'", 'origin_id': 'campaign_id', 'origin_text': 'email_written',
        }},
        'stg_esp__unisender_campaigns': {
            'through': 'stg_esp__unisender_deliveries', 'on': {'campaign_id': 'campaign_id'}
        },
        'stg_esp__sendpulse_emails': {'by': {
            'origin': "'sendpulse'", 'origin_id': nothing, 'origin_text': 'message_id',
        }},
    },
    reads={'stg_esp__unisender_campaigns': ['campaign_id', 'subject', 'starts_at']},
    reads_as_rule=['machine_marks'],
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['origin_text', 'origin_id', 'origin']},
        {'columns': ['id_value', 'id_type']},
    ],
) }}

select
    e.touch_id,
    'esp' as source_system,
    20::smallint as source_priority,
    e.touch_type,
    e.at,
    case when e.email is not null then 'EMAIL' when e.phone is not null then 'PHONE' end as id_type,
    coalesce(e.email, e.phone) as id_value,
    {{ url_parameter('e.url', 'utm_source') }} as utm_source,
    {{ url_parameter('e.url', 'utm_medium') }} as utm_medium,
    coalesce({{ url_parameter('e.url', 'utm_campaign') }}, e.campaign_id) as utm_campaign,
    {{ url_parameter('e.url', 'utm_content') }} as utm_content,
    {{ url_parameter('e.url', 'utm_term') }} as utm_term,
    null::text as referrer_host,
    {{ click_id('e.url') }} as click_id,
    e.provider,
    null::text as trunk,
    case when e.touch_type = 'sms' then 'out' else 'in' end as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    e.is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    e.subject,
    e.marks,
    e.about,
    case when e.is_untimed then 'untimed' end as caveat,
    e.origin,
    e.origin_id,
    e.origin_text,
    e._seq
from {{ ref('stg_esp__readings') }} as e
where e.at is not null
