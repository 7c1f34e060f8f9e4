-- One row per open of and click in a letter of SendPulse, each once, with its own time; `at` is null when the
-- provider tells none that can be read, or only a count. What its hooks told event by event is left out.
{{ config(materialized='ephemeral') }}
{%- set letter = ['message_id', 'email', 'subject', 'sent_at', '_seq'] %}

-- PHP writes a list with gaps, and one item alone, as an object.
with lists as (
    select
        m.{{ letter | join(',\n        m.') }},
        kind.touch_type,
        kind.counted,
        case jsonb_typeof(kind.list)
            when 'array' then kind.list
            when 'object'
                then
                    case
                        when kind.list ? 'action_date' then jsonb_build_array(kind.list)
                        else jsonb_path_query_array(kind.list, '$.*')
                    end
            else '[]'::jsonb
        end as items
    from {{ ref('stg_esp__sendpulse_emails') }} as m
    cross join
        lateral (
            values
            ('email_open', m.tracking -> 'client_info', m.opens),
            ('email_click', m.tracking -> 'link', m.clicks)
        ) as kind (touch_type, list, counted)
    where not exists (
        select 1
        from {{ ref('stg_esp__email_events') }} as e
        where e.provider = 'sendpulse' and e.event in ('open', 'click') and e.message_id = m.message_id
    )
),

told as (
    select
        lists.{{ letter | join(',\n        lists.') }},
        lists.touch_type,
        listed.item ->> 'action_date' as written_at,
        case lists.touch_type when 'email_click' then listed.item ->> 'url' end as url,
        listed.item
    from lists
    cross join lateral jsonb_array_elements(lists.items) as listed (item)
    union all
    select
        {{ letter | join(',\n        ') }},
        touch_type,
        null as written_at,
        null as url,
        null as item
    from lists
    where counted > 0 and items = '[]'
),

-- ISO 8601, UTC unless it names a zone, or seconds since 1970; else null, for a 30th of February too.
timed as (
    select
        *,
        case
            when written_at ~ '^\d{9,10}$' then to_timestamp(written_at::bigint)
            when
                written_at ~ (
                    '^(19[7-9]|20\d)\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])'
                    '[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?( ?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?))?$'
                )
                then case
                    when
                        substr(written_at, 9, 2)::int
                        <= extract(day from (left(written_at, 7) || '-01')::date + interval '1 month - 1 day')
                        then (
                            written_at || case when substr(written_at, 20) ~ '[Z+-]' then '' else '+00' end
                        )::timestamptz
                end
        end as told_at
    from told
),

named as (
    select
        *,
        {{ moment('told_at') }} as at,
        concat_ws(
            ':', split_part(touch_type, '_', 2),
            coalesce(extract(epoch from {{ moment('told_at') }})::bigint::text, 'untimed'),
            left(md5(url), 8)
        ) as action
    from timed
)

select distinct on (message_id, action)
    {{ letter | join(',\n    ') }},
    action,
    touch_type,
    at,
    url,
    coalesce({{ is_by_machine('item') }}, false) as is_machine
from named
order by message_id asc, action asc, item::text asc
