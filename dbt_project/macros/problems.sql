{#- A test that says in words what is wrong: rows of one column `problem`, which are also written to the
    log, because dbt itself only counts them. -#}
{% macro problems(query) -%}
{%- if execute and flags.WHICH in ('build', 'test') -%}
{%- for row in run_query(query).rows -%}
{%- do exceptions.warn(row[0]) -%}
{%- endfor -%}
{%- endif -%}
{{ query }}
{%- endmacro %}
