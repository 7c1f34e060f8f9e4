select
    'bitrix.session:' || s.web_session_id as touch_id,
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
    s._seq
from {{ ref('stg_bitrix__web_sessions') }} as s
where s.started_at is not null
