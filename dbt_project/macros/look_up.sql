{#- Rows of large tables, found by the keys of an hour and never by reading an index whole. -#}

{#- Rows of a large table, found by the index of a key, to join by `lateral … on true`. In a plain join the
    planner may rather read the whole index: it counts each page once, however often the rows of 10 million
    entries come back to it. What ends the subquery keeps it apart; `unique` when the key finds one row. Written without
    the database: the engine puts restricted inputs in place of full names, and here all rows count. -#}
{% macro looked_up(relation, columns, key, unique=true) -%}
(
    select {% for name in columns %}one.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ relation if relation is string else relation.include(database=false) }} as one
    where
        {%- for mine, theirs in key.items() %}
        one.{{ mine }} = {{ theirs }}{{ ' and' if not loop.last }}
        {%- endfor %}
    {{ 'limit 1' if unique else 'offset 0' }}
)
{%- endmacro %}

{#- All rows that the keys of a step have, with the key as the step has it: to group by the column that was
    looked up, the planner would expect one group in all, and loop over everything that is joined to it. -#}
{% macro rows_of(step, relation, key, columns) -%}
(
    select {{ step }}.{{ key }}, found.*
    from {{ step }}
    cross join lateral {{ looked_up(relation, columns, {key: step ~ '.' ~ key}, unique=false) }} as found
)
{%- endmacro %}

{#- Look-ups as a join; in a whole build a join that the planner may do as it likes. -#}
{% macro join_by_key(relation, alias, columns, key, unique=true, left=false) -%}
{%- if not is_whole() -%}
{{ 'left' if left else 'cross' }} join lateral {{ looked_up(relation, columns, key, unique) }} as {{ alias }}
{{- ' on true' if left }}
{%- else -%}
{{ 'left' if left else 'inner' }} join {{ relation }} as {{ alias }}
    on {% for mine, theirs in key.items() %}{{ alias }}.{{ mine }} = {{ theirs }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endif -%}
{%- endmacro %}
