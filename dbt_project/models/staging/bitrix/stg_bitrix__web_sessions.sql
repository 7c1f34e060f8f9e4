{%- set marks = ['source', 'medium', 'campaign', 'content', 'term'] %}
-- Marks that a stray `?` glued to another one are read from the columns as they are from the address;
-- otherwise the columns are decoded already (a plus is a plus).
with visits as (
    select
        s.id,
        s.fuser_id,
        s.user_id,
        s.started_at,
        s.last_hit_at,
        s.hits,
        s.landing_url,
        s.referrer,
        s.utm_{{ marks | join(',\n        s.utm_') }},
        s.client_id,
        s._seq,
        s._next_seq,
        case
            when
                strpos(concat(s.utm_{{ marks | join(', s.utm_') }}), '=') > 0
                then concat_ws(
                    '&', s.landing_url, s.utm_{{ marks | join(', s.utm_') }}
                )
            else s.landing_url
        end as address
    from {{ source('raw_bitrix', 'bl_web_session') }} as s
    where {{ standing('s') }}
)

select
    s.id as web_session_id,
    -- As stored, 0 and null mean none: visits are looked up by it.
    s.fuser_id as visitor_id,
    nullif(s.fuser_id, 0) as fuser_id,
    nullif(s.user_id, 0) as user_id,
    -- A start that cannot be read is no reason to lose the visit: its last hit is known to the hour at least.
    coalesce(
        {{ source_time('BITRIX', 's.started_at') }}, {{ source_time('BITRIX', 's.last_hit_at') }}
    ) as started_at,
    {{ source_time('BITRIX', 's.last_hit_at') }} as last_hit_at,
    {{ summable('s.hits') }} as hits,
    s.landing_url,
    s.referrer,
    {%- for mark in marks %}
    {%- set column = 's.utm_' ~ mark %}
    coalesce(
        case
            when {{ column }} ~* '%(25)*[c-f][0-9a-f]%(25)*[89a-f][0-9a-f]'
                then {{ value_alone('(' ~ url_decode("replace(" ~ column ~ ", '+', '%2B')") ~ ')') }}
            when {{ column }} <> '' then {{ value_alone(column) }}
        end,
        {{ url_parameter('s.address', 'utm_' ~ mark) }}
    ) as utm_{{ mark }},
    {%- endfor %}
    {{ referrer_host('s.referrer', 's.landing_url') }} as referrer_host,
    {{ url_host('s.landing_url') }} as landing_host,
    {{ click_id('s.address') }} as click_id,
    nullif(s.client_id, '') as client_id,
    s._seq,
    s._next_seq
from visits as s
