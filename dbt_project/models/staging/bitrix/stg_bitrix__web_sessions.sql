select
    s.id as web_session_id,
    -- As stored, 0 and null mean none: visits are looked up by it.
    s.fuser_id as visitor_id,
    nullif(s.fuser_id, 0) as fuser_id,
    nullif(s.user_id, 0) as user_id,
    {{ source_time('BITRIX', 's.started_at') }} as started_at,
    {{ source_time('BITRIX', 's.last_hit_at') }} as last_hit_at,
    s.hits,
    s.landing_url,
    s.referrer,
    {%- for mark in ['source', 'medium', 'campaign', 'content', 'term'] %}
    {{ utm('s.utm_' ~ mark, 's.landing_url', 'utm_' ~ mark) }} as utm_{{ mark }},
    {%- endfor %}
    {{ url_host('s.referrer') }} as referrer_host,
    {{ url_host('s.landing_url') }} as landing_host,
    {{ click_id('s.landing_url') }} as click_id,
    nullif(s.client_id, '') as client_id,
    s._seq
from {{ source('raw_bitrix', 'bl_web_session') }} as s
where {{ standing('s') }}
