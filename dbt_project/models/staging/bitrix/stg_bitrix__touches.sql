-- A visit without a cookie continues nothing and is a session of its own.
{%- set names = {'session': 'bitrix.session:', 'stat': 'bitrix.stat_session:'} %}
with sessions as (
    select
        s.origin,
        s.visitor_id as origin_id,
        case s.origin
            {%- for origin, prefix in names.items() %}
            when '{{ origin }}' then '{{ prefix }}'
            {%- endfor %}
        end || s.first_visit_id as touch_id,
        s.started_at,
        s.user_id,
        case s.origin when 'session' then s.visitor_id end as fuser_id,
        s.utm_source,
        s.utm_medium,
        s.utm_campaign,
        s.utm_content,
        s.utm_term,
        s.referrer_host,
        s.click_id,
        s._seq
    from {{ ref('stg_bitrix__sessions') }} as s
    {%- for origin, model, key in [
        ('session', 'stg_bitrix__web_sessions', 'web_session_id'), ('stat', 'stg_bitrix__stat_sessions', 'stat_session_id')
    ] %}
    union all
    select
        '{{ origin }}_visit' as origin,
        v.{{ key }} as origin_id,
        '{{ names[origin] }}' || v.{{ key }} as touch_id,
        v.started_at,
        v.user_id,
        null as fuser_id,
        v.utm_source,
        v.utm_medium,
        v.utm_campaign,
        v.utm_content,
        v.utm_term,
        v.referrer_host,
        v.click_id,
        v._seq
    from {{ ref(model) }} as v
    where coalesce(v.visitor_id, 0) <= 0 and v.started_at is not null
    {%- endfor %}
)

select
    s.touch_id,
    'bitrix' as source_system,
    'web_session' as touch_type,
    s.started_at as at,
    case
        when s.user_id is not null then 'USER'
        when s.fuser_id is not null then 'FUSER'
    end as id_type,
    coalesce(s.user_id, s.fuser_id)::text as id_value,
    s.utm_source,
    s.utm_medium,
    s.utm_campaign,
    s.utm_content,
    s.utm_term,
    s.referrer_host,
    s.click_id,
    null::text as provider,
    null::text as trunk,
    'in' as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    s._seq,
    s.origin,
    s.origin_id,
    null::text as origin_text,
    null::text as subject,
    null::text as marks,
    null::text as about,
    null::text as caveat
from sessions as s
union all
select
    touch_id,
    source_system,
    touch_type,
    at,
    id_type,
    id_value,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    referrer_host,
    click_id,
    provider,
    trunk,
    direction,
    is_answered,
    wait_seconds,
    talk_seconds,
    is_machine,
    brand,
    region,
    _seq,
    origin,
    origin_id,
    origin_text,
    null as subject,
    null as marks,
    null as about,
    null as caveat
from {{ ref('stg_bitrix__user_sources') }}
