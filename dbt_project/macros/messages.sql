{#- What messages and the events of their providers say: marks in payloads, times, orders they are about. -#}

{#- Text of the first of `keys` that stands anywhere in a payload: vendors nest the same facts differently. -#}
{% macro payload_text(payload, keys) -%}
coalesce(
    {%- for key in keys %}
    nullif(jsonb_path_query_first({{ payload }}, 'strict $.**."{{ key }}"') #>> '{}', ''){{ ',' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}

{#- Whether a payload bears a mark of the seed machine_marks. Keys are read as snake_case in lower case. -#}
{% macro is_by_machine(payload) -%}
exists (
    select 1
    from jsonb_path_query({{ payload }}, 'strict $.** ? (@.type() == "object").keyvalue()') as told (pair)
    inner join {{ ref('machine_marks') }} as marks
        on
            lower(regexp_replace(replace(told.pair ->> 'key', '-', '_'), '([a-z])([A-Z])', '\1_\2', 'g')) ~ marks.key
            and lower(told.pair ->> 'value') ~ marks.value
)
{%- endmacro %}

{#- timestamptz of a text that a provider wrote: ISO 8601, UTC unless it names a zone, or seconds since 1970.
    Null for anything else, a 30th of February too; never raises. -#}
{% macro written_time(expression) -%}
(select {{ moment('told.at') }} from (select {{ _time_as_written(expression) }} as at limit 1) as told)
{%- endmacro %}

{% macro _time_as_written(expression) -%}
case
    when {{ expression }} ~ '^\d{9,10}$' then to_timestamp({{ expression }}::bigint)
    when
        {{ expression }} ~ '^(19[7-9]|20\d)\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?( ?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?))?$'
        then case
            when
                substr({{ expression }}, 9, 2)::int
                <= extract(day from (left({{ expression }}, 7) || '-01')::date + interval '1 month - 1 day')
                then (
                    {{ expression }}
                    || case when substr({{ expression }}, 20) ~ '[Z+-]' then '' else '+00' end
                )::timestamptz
        end
end
{%- endmacro %}

{#- Items of a list in a payload. PHP writes a list with gaps, and one item alone, as an object. -#}
{% macro _items(list) -%}
jsonb_array_elements(
    case jsonb_typeof({{ list }})
        when 'array' then {{ list }}
        when 'object' then case
            when {{ list }} ? 'action_date' then jsonb_build_array({{ list }})
            else jsonb_path_query_array({{ list }}, '$.*')
        end
        else '[]'::jsonb
    end
)
{%- endmacro %}

{#- FROM item: opens and clicks of a letter of SendPulse, each once, with their own time; `at` is null when the
    provider tells none that can be read, or only a count. `action` names it within the letter. -#}
{% macro sendpulse_actions(tracking, opened, clicked) -%}
(
    select distinct on (named.action)
        named.action,
        named.touch_type,
        named.at,
        named.url,
        named.item
    from (
        select
            told.*,
            concat_ws(
                ':', split_part(told.touch_type, '_', 2), coalesce(extract(epoch from told.at)::bigint::text, 'untimed'),
                left(md5(told.url), 8)
            ) as action
        from (
            {%- for type, list, count in [('email_open', 'client_info', opened), ('email_click', 'link', clicked)] %}
            select
                '{{ type }}' as touch_type,
                {{ written_time("(actions.item ->> 'action_date')") }} as at,
                {{ "actions.item ->> 'url'" if type == 'email_click' else 'null' }} as url,
                actions.item
            from {{ _items(tracking ~ " -> '" ~ list ~ "'") }} as actions (item)
            union all
            select
                '{{ type }}',
                null,
                null,
                null
            where {{ count }} > 0 and not exists (select 1 from {{ _items(tracking ~ " -> '" ~ list ~ "'") }})
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as told
    ) as named
    order by named.action, named.item::text
)
{%- endmacro %}

{#- The order that a text names, as written but in lower case: '17' of 'Заказ №17 принят'. -#}
{% macro order_named_in(subject) -%}
substring(
    lower({{ subject }})
    from '(?:заказ[а-яё]*|order)[^0-9a-zа-яё]*(?:номер[а-яё]*|number|no|n)?[^0-9a-zа-яё]*([a-zа-я]{0,5}[-_/]?[0-9][0-9a-zа-я/_-]*)'
)
{%- endmacro %}

{#- Seconds after the delivery in which nobody reads a letter, and in which a scanner follows its links. -#}
{% macro unread_seconds() -%}5{%- endmacro %}
{% macro scan_seconds() -%}10{%- endmacro %}

{#- 'transactional' when the touch is a message of which the seed message_rules says so, else null. -#}
{% macro caveat_of_message(touch) -%}
{%- set fields = ['subject', 'marks', 'campaign', 'provider', 'source_system', 'touch_type'] -%}
case when {{ touch }}.touch_type in ('email_open', 'email_click', 'email', 'sms', 'push') then (
    select case when rules.is_transactional then 'transactional' end
    from {{ ref('message_rules') }} as rules
    cross join (
        select
            lower({{ touch }}.subject) as subject,
            lower({{ touch }}.marks) as marks,
            lower({{ touch }}.utm_campaign) as campaign,
            lower({{ touch }}.provider) as provider,
            {{ touch }}.source_system,
            {{ touch }}.touch_type
    ) as message
    where
        {{ rule_condition('rules', 'message', '', fields) }}
        -- An empty cell of a seed is null when loaded and '' in unit tests.
        and (coalesce(rules.and_operator, '') = '' or {{ rule_condition('rules', 'message', 'and_', fields) }})
    order by rules.priority
    limit 1
) end
{%- endmacro %}
