-- Visits as the module `statistic` counts them, in the shape of stg_bitrix__web_sessions. It knows no
-- shopping cookie; a visitor is its own cookie, the guest.
select
    s.id as stat_session_id,
    s.guest_id as visitor_id,
    nullif(s.user_id, 0) as user_id,
    coalesce(
        {{ source_time('BITRIX', 's.date_first') }}, {{ source_time('BITRIX', 's.date_last') }}
    ) as started_at,
    {{ source_time('BITRIX', 's.date_last') }} as last_hit_at,
    {{ summable('s.hits') }} as hits,
    s.url_to as landing_url,
    s.url_from as referrer,
    {%- for mark in ['source', 'medium', 'campaign', 'content', 'term'] %}
    {{ url_parameter('s.url_to', 'utm_' ~ mark) }} as utm_{{ mark }},
    {%- endfor %}
    {{ referrer_host('s.url_from', 's.url_to') }} as referrer_host,
    {{ click_id('s.url_to') }} as click_id,
    s._seq,
    s._next_seq
from {{ source('raw_bitrix', 'b_stat_session') }} as s
where {{ standing('s') }}
