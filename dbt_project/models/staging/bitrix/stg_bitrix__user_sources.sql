-- What user fields of a site account say of its source (seed user_fields), as a touch at its registration.
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
    'bitrix.user:' || t.user_id as touch_id,
    'bitrix' as source_system,
    'crm_source' as touch_type,
    u.registered_at as at,
    'USER' as id_type,
    t.user_id::text as id_value,
    t.utm_source,
    t.utm_medium,
    t.utm_campaign,
    t.utm_content,
    t.utm_term,
    null::text as referrer_host,
    null::text as click_id,
    null::text as provider,
    null::text as trunk,
    null::text as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    greatest(t._seq, u._seq) as _seq,
    'user' as origin,
    t.user_id as origin_id,
    null::text as origin_text
from marked as t
inner join {{ ref('stg_bitrix__users') }} as u on t.user_id = u.user_id
where u.registered_at is not null and {{ is_marked('t') }}
