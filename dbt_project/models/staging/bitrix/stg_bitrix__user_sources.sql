-- What user fields of a site account say of its source (seed user_fields), with the time of its registration.
{{ config(materialized='ephemeral') }}
with written as (
    select
        f.user_id,
        f._seq,
        lower(entry.name) as field,
        entry.value
    from {{ ref('stg_bitrix__user_fields') }} as f
    cross join lateral jsonb_each_text(
        case when jsonb_typeof(f.fields) = 'object' then f.fields end
    ) as entry (name, value)
),

named as (
    select
        written.user_id,
        written._seq,
        fields.mark,
        written.value
    from written
    inner join {{ ref('user_fields') }} as fields on written.field = fields.field
),

told as (
    select
        user_id,
        {%- for mark in ['source', 'medium', 'campaign', 'content', 'term'] %}
        min(value) filter (where mark = 'utm_{{ mark }}') as written_{{ mark }},
        {%- endfor %}
        max(_seq) as _seq
    from named
    group by user_id
),

marked as (
    select
        told.user_id,
        {%- for mark in ['source', 'medium', 'campaign', 'content', 'term'] %}
        {{ typed_mark('told.written_' ~ mark) }} as utm_{{ mark }},
        {%- endfor %}
        told._seq
    from told
)

select
    t.user_id,
    u.registered_at,
    t.utm_source,
    t.utm_medium,
    t.utm_campaign,
    t.utm_content,
    t.utm_term,
    greatest(t._seq, u._seq) as _seq
from marked as t
inner join {{ ref('stg_bitrix__users') }} as u on t.user_id = u.user_id
where
    u.registered_at is not null
    -- Content and term alone say no source.
    and coalesce(
        {{ clean_utm('t.utm_source') }}, {{ clean_utm('t.utm_medium') }}, {{ clean_utm('t.utm_campaign') }}
    ) is not null
