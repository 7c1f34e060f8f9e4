{#- A number of an order without what 1C puts before it: prefix and zeros, ИМ00-010023 is 10023. -#}
{% macro bare_number(column) -%}
nullif(regexp_replace({{ column }}, '^[^1-9]*', ''), '')
{%- endmacro %}
