-- One row per CRM activity that a customer takes part in, and per object that says where it came from.
-- `origin` and `origin_id` name either.
{%- set by_source = [] %}
{%- for kind in ['lead', 'contact', 'deal'] %}
{%- do by_source.append({'through': 'stg_crm__' ~ kind ~ 's', 'on': {'status_id': 'source_id'}}) %}
{%- endfor %}
{{ config(
    materialized='keyed',
    key=['origin', 'origin_id'],
    unique_key='touch_id',
    follows={
        'stg_crm__activities': {'by': {'origin': "'activity'", 'origin_id': 'activity_id'}},
        'stg_crm__deals': {'by': {'origin': "'deal'", 'origin_id': 'deal_id'}},
        'stg_crm__contacts': [
            {'by': {'origin': "'contact'", 'origin_id': 'contact_id'}},
            {'through': 'stg_crm__deals', 'on': {'contact_id': 'stored_contact_id'}},
        ],
        'stg_crm__leads': [
            {'by': {'origin': "'lead'", 'origin_id': 'lead_id'}},
            {'through': 'stg_crm__contacts', 'on': {'lead_id': 'stored_lead_id'}},
            {'through': 'stg_crm__deals', 'on': {'lead_id': 'stored_lead_id'}},
            {'through': 'stg_crm__activities', 'on': 'entry.lead_id = via.owner_id and via.owner_type_id = 1'},
        ],
        'stg_crm__statuses': by_source,
    },
    reads={
        'stg_crm__deals': [
            'deal_id', 'contact_id', 'lead_id', 'stored_contact_id', 'stored_lead_id', 'created_at', 'closed_at',
            'originator_id', 'origin_id', 'source_id',
            'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', '_seq',
        ],
        'stg_crm__contacts': [
            'contact_id', 'lead_id', 'stored_lead_id', 'created_at', 'source_id',
            'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', '_seq',
        ],
        'stg_crm__leads': [
            'lead_id', 'created_at', 'source_id',
            'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', '_seq',
        ],
        'stg_crm__statuses': ['dictionary_id', 'dictionary', 'status_id', 'name'],
    },
    reads_as_rule=['crm_sources'],
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['origin_id', 'origin']},
        {'columns': ['id_value', 'at']},
    ],
) }}

{%- set marks = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'] %}

with told as (
    select
        case a.touch_type when 'call' then 'crm.call:' else 'crm.activity:' end || a.activity_id as touch_id,
        a.touch_type,
        a.at,
        a.id_type,
        a.id_value,
        a.{{ marks | join(',\n        a.') }},
        a.provider,
        a.direction,
        a.subject,
        a.about,
        'activity' as origin,
        a.activity_id as origin_id,
        a._seq
    from {{ ref('stg_crm__activity_touches') }} as a
    union all
    select
        'crm.' || s.origin || ':' || s.origin_id as touch_id,
        'crm_source' as touch_type,
        s.at,
        s.id_type,
        s.id_value,
        s.{{ marks | join(',\n        s.') }},
        null as provider,
        null as direction,
        null as subject,
        null as about,
        s.origin,
        s.origin_id,
        s._seq
    from {{ ref('stg_crm__source_touches') }} as s
)

select
    t.touch_id,
    'crm' as source_system,
    50::smallint as source_priority,
    t.touch_type,
    t.at,
    t.id_type,
    t.id_value,
    t.{{ marks | join(',\n    t.') }},
    null::text as referrer_host,
    null::text as click_id,
    t.provider,
    null::text as trunk,
    t.direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    t.subject,
    null::text as marks,
    t.about,
    null::text as caveat,
    t.origin,
    t.origin_id,
    t._seq
from told as t
