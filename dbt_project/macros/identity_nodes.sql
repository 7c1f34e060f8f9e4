{#- The last node of each class, by index: max() with a filter would read the whole table. -#}
{% macro youngest_nodes() -%}
(select node_id from {{ this }} where node_id < 1000000000000 order by node_id desc limit 1)
union all
(select node_id from {{ this }} where node_id > 1000000000000 order by node_id desc limit 1)
{%- endmacro %}
