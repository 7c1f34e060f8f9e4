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
