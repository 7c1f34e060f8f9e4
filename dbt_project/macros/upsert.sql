{#- Strategy `upsert`: rows come complete, a known key is overwritten in place. -#}
{% macro get_incremental_upsert_sql(arg_dict) -%}
{%- set columns = arg_dict['dest_columns'] | map(attribute='name') | list -%}
{%- set keys = [arg_dict['unique_key']] if arg_dict['unique_key'] is string else arg_dict['unique_key'] -%}
insert into {{ arg_dict['target_relation'] }} ({{ columns | join(', ') }})
select {{ columns | join(', ') }} from {{ arg_dict['temp_relation'] }}
on conflict ({{ keys | join(', ') }}) do update set
    {% for column in columns if column not in keys -%}
    {{ column }} = excluded.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
