{#- dbt empties a seed's table and fills it again; a column that the table lacks, because it was made by an older
    version of the seed, is added first. Views and models on the table stay. -#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
{%- if not full_refresh -%}
{%- set known = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
{%- for name in agate_table.column_names if name not in known -%}
{%- set kind = model['config'].get('column_types', {}).get(name, 'text') -%}
{%- do run_query('alter table ' ~ old_relation ~ ' add column ' ~ adapter.quote(name) ~ ' ' ~ kind) -%}
{%- endfor -%}
{%- endif -%}
{{ return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
{%- endmacro %}
