-- A visit that begins within 30 minutes of the visitor's last hit goes on with the session before it,
-- unless it brings other marks than that session has. Midnight means nothing. A visit without a cookie
-- continues nothing: it is its own visitor (session_visit, stat_visit). A shop that writes bl_web_session has
-- the visits of the module `statistic` there: from its first row on the module's are not read.
{{ config(materialized='ephemeral') }}
{%- set visits = [
    ('session', 'stg_bitrix__web_sessions', 'web_session_id'), ('stat', 'stg_bitrix__stat_sessions', 'stat_session_id')
] %}
{%- set told = [
    'hits', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'referrer_host', 'click_id', '_seq',
] %}
{%- set carried = (
    ['origin', 'visitor_id', 'visit_id', 'user_id', 'started_at', 'last_hit_at'] + told
) | join(',\n        ') %}
with visits as (
    {%- for origin, model, key in visits %}
    select
        case when v.visitor_id > 0 then '{{ origin }}' else '{{ origin }}_visit' end as origin,
        case when v.visitor_id > 0 then v.visitor_id else v.{{ key }} end as visitor_id,
        v.{{ key }} as visit_id,
        v.user_id,
        v.started_at,
        greatest(v.last_hit_at, v.started_at) as last_hit_at,
        {{ told | join(',\n        ') }}
    from {{ ref(model) }} as v
    where
        v.started_at is not null
        {%- if origin == 'stat' %}
        and not exists (select 1 from {{ ref('stg_bitrix__first_web_session') }})
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

timed as (
    select
        {{ carried }},
        -- The visitor's, not the last visit's: tabs overlap.
        max(last_hit_at) over (
            partition by origin, visitor_id
            order by started_at, visit_id
            rows between unbounded preceding and 1 preceding
        ) as previous_hit_at
    from visits
),

-- A new campaign differs in these, not in an ad's content and term or the id of a link that costs nothing.
marked as (
    select
        {{ carried }},
        (previous_hit_at >= started_at - interval '30 minutes') is not true as follows_silence,
        nullif(
            concat_ws(
                e'\x1f',
                {%- for mark in ['source', 'medium', 'campaign'] %}
                coalesce({{ clean_utm('utm_' ~ mark) }}, ''),
                {%- endfor %}
                case when click_id !~ '^({{ var('click_ids').free | join('|') }})$' then click_id end
            ), e'\x1f\x1f'
        ) as marks
    from timed
),

stretches as (
    select
        {{ carried }},
        follows_silence,
        marks,
        count(*) filter (where follows_silence) over (
            partition by origin, visitor_id
            order by started_at, visit_id
            rows between unbounded preceding and current row
        ) as stretch_no
    from marked
),

-- Within a stretch the session's marks are those of its last marked visit: others would have cut it.
begun as (
    select
        {{ carried }},
        follows_silence
        or (
            marks is not null
            and marks is distinct from lag(marks) over (
                partition by origin, visitor_id, stretch_no, marks is null
                order by started_at, visit_id
            )
        ) as is_first
    from stretches
),

numbered as (
    select
        {{ carried }},
        is_first,
        count(*) filter (where is_first) over (
            partition by origin, visitor_id
            order by started_at, visit_id
            rows between unbounded preceding and current row
        ) as session_no
    from begun
),

-- What the visits of a session add up to stands on the first of them, whose marks are the session's.
summed as (
    select
        origin,
        visitor_id,
        visit_id as first_visit_id,
        is_first,
        first_value(user_id) over (
            partition by origin, visitor_id, session_no
            order by user_id is null, started_at, visit_id
            rows between unbounded preceding and unbounded following
        ) as user_id,
        started_at,
        max(last_hit_at) over in_session as last_hit_at,
        (sum(hits) over in_session)::bigint as hits,
        count(*) over in_session as visits,
        {{ told[1:-1] | join(',\n        ') }},
        max(_seq) over in_session as _seq
    from numbered
    window in_session as (partition by origin, visitor_id, session_no)
)

select *
from summed
where is_first
