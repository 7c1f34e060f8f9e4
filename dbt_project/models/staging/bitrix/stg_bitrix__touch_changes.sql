-- A changed visit may move the cuts between all sessions of its visitor, and of the one it had before: every
-- visit they had just before or have had since is named, for it may begin or cease to begin a session. Not
-- one that left them earlier or comes after the bound: it is the touch of another visitor now.
{%- set tables = [
    ('session', 'bl_web_session', 'fuser_id', 'bitrix.session:'),
    ('stat', 'b_stat_session', 'guest_id', 'bitrix.stat_session:'),
] %}
with
{%- for origin, table, visitor, prefix in tables %}
{{ origin }}_changes as not materialized (
    select
        c.id,
        c._seq
    from {{ source('raw_bitrix', table) }} as c
    where c._seq <= {{ up_to_seq() }}
    {%- if origin == 'stat' %}
    union all
    -- The first visit in bl_web_session takes the place of all of the module's.
    select
        c.id,
        f._seq
    from (select min(w._seq) as _seq from {{ source('raw_bitrix', 'bl_web_session') }} as w) as f
    cross join {{ source('raw_bitrix', table) }} as c
    where f._seq <= {{ up_to_seq() }}
    {%- endif %}
),

{{ origin }}_visitors as not materialized (
    select distinct
        c._seq,
        v.{{ visitor }} as visitor_id
    from {{ origin }}_changes as c
    inner join {{ source('raw_bitrix', table) }} as v on c.id = v.id
    where v.{{ visitor }} > 0 and (v._next_seq is null or v._next_seq >= c._seq)
){{ ',' if not loop.last }}
{% endfor %}
{%- for origin, table, visitor, prefix in tables %}
select
    '{{ prefix }}' || o.id as touch_id,
    '{{ origin }}' as origin,
    c.visitor_id as origin_id,
    null::text as origin_text,
    c._seq
from {{ origin }}_visitors as c
inner join {{ source('raw_bitrix', table) }} as o on c.visitor_id = o.{{ visitor }}
where o._seq <= {{ up_to_seq() }} and (o._next_seq is null or o._next_seq >= c._seq)
union all
select
    '{{ prefix }}' || c.id as touch_id,
    '{{ origin }}_visit' as origin,
    c.id as origin_id,
    null::text as origin_text,
    c._seq
from {{ origin }}_changes as c
{{ 'union all' if not loop.last }}
{%- endfor %}
-- An account and its user fields say where it came from.
{%- for table, key in [('b_user', 'id'), ('b_uts_user', 'value_id')] %}
union all
select
    'bitrix.user:' || c.{{ key }} as touch_id,
    'user' as origin,
    c.{{ key }} as origin_id,
    null::text as origin_text,
    c._seq
from {{ source('raw_bitrix', table) }} as c
where c._seq <= {{ up_to_seq() }}
{%- endfor %}
