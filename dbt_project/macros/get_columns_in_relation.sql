{#- As in dbt-postgres, but array columns get a name PostgreSQL can cast to: text[] instead of ARRAY.
Without it no unit test can stand in for a raw table, all of which have `_repairs text[]`. -#}
{% macro postgres__get_columns_in_relation(relation) -%}
{%- call statement('get_columns_in_relation', fetch_result=true) %}
select
    c.column_name,
    case when c.data_type = 'ARRAY' then substr(c.udt_name, 2) || '[]' else c.data_type end as data_type,
    c.character_maximum_length,
    c.numeric_precision,
    c.numeric_scale
from {{ relation.information_schema('columns') }} as c
where
    c.table_name = '{{ relation.identifier }}'
    {%- if relation.schema %}
    and c.table_schema = '{{ relation.schema }}'
    {%- endif %}
order by c.ordinal_position
{% endcall %}
{{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}
