-- One row per web session, and per site account whose user fields say where it came from. `origin` and
-- `origin_id`: the visitor by cookie (session) or by guest of the module (stat), a visit without either, an
-- account.
{%- set visits = {
    'session': ('stg_bitrix__web_sessions', 'web_session_id'), 'stat': ('stg_bitrix__stat_sessions', 'stat_session_id')
} %}
{%- set named = {} %}
{%- for origin, (model, visit) in visits.items() %}
{%- set known, alone = 'entry.visitor_id > 0', 'coalesce(entry.visitor_id, 0) <= 0' %}
{%- do named.update({model: [
    {'by': {'origin': "case when " ~ known ~ " then '" ~ origin ~ "' end", 'origin_id': 'visitor_id'}},
    {'by': {'origin': "case when " ~ alone ~ " then '" ~ origin ~ "_visit' end", 'origin_id': visit}},
]}) %}
{%- endfor %}
{{ config(
    materialized='keyed',
    key=['origin', 'origin_id'],
    unique_key='touch_id',
    follows={
        'stg_bitrix__web_sessions': named['stg_bitrix__web_sessions'],
        'stg_bitrix__stat_sessions': named['stg_bitrix__stat_sessions'],
        'stg_bitrix__first_web_session': {'through': 'stg_bitrix__stat_sessions', 'on': 'true'},
        'stg_bitrix__users': {'by': {'origin': "'user'", 'origin_id': 'user_id'}},
        'stg_bitrix__user_fields': {'by': {'origin': "'user'", 'origin_id': 'user_id'}},
    },
    reads={'stg_bitrix__users': ['user_id', 'registered_at', '_seq']},
    reads_as_rule=['user_fields'],
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['origin_id', 'origin']},
        {'columns': ['id_value', 'id_type']},
    ],
) }}

{%- set marks = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'] %}

with met as (
    select
        case when s.origin like 'stat%' then 'bitrix.stat_session:' else 'bitrix.session:' end
        || s.first_visit_id as touch_id,
        'web_session' as touch_type,
        'in' as direction,
        s.started_at as at,
        s.user_id,
        case s.origin when 'session' then s.visitor_id end as fuser_id,
        s.{{ marks | join(',\n        s.') }},
        s.referrer_host,
        s.click_id,
        s.origin,
        s.visitor_id as origin_id,
        s._seq
    from {{ ref('stg_bitrix__sessions') }} as s
    union all
    select
        'bitrix.user:' || u.user_id as touch_id,
        'crm_source' as touch_type,
        null as direction,
        u.registered_at as at,
        u.user_id,
        null as fuser_id,
        u.{{ marks | join(',\n        u.') }},
        null as referrer_host,
        null as click_id,
        'user' as origin,
        u.user_id as origin_id,
        u._seq
    from {{ ref('stg_bitrix__user_sources') }} as u
)

select
    m.touch_id,
    'bitrix' as source_system,
    30::smallint as source_priority,
    m.touch_type,
    m.at,
    case when m.user_id is not null then 'USER' when m.fuser_id is not null then 'FUSER' end as id_type,
    coalesce(m.user_id, m.fuser_id)::text as id_value,
    m.{{ marks | join(',\n    m.') }},
    m.referrer_host,
    m.click_id,
    null::text as provider,
    null::text as trunk,
    m.direction,
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
    m.origin,
    m.origin_id,
    m._seq
from met as m
