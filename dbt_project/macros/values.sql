{#- Small conversions shared by staging views. -#}

{#- Money of a source (units, numeric) to kopecks (bigint), half away from zero. -#}
{% macro kopecks(column) -%}
round({{ column }} * 100)::bigint
{%- endmacro %}

{#- Ids 0 and null both mean "none" in the sources; the result is text, as identifiers are. -#}
{% macro id_text(column) -%}
nullif({{ column }}, 0)::text
{%- endmacro %}

{#- Card numbers are typed with blanks and hyphens; letters are upper-cased; all zeros is no card, nor is what
    has more than 100 characters. -#}
{% macro normalise_card(column) -%}
substring(regexp_replace(upper(regexp_replace({{ column }}, '[\s\-]', '', 'g')), '^0+$', '') from '^.{1,100}$')
{%- endmacro %}

{#- A jsonb column that should hold an array: anything else counts as an empty one. -#}
{% macro json_array(column) -%}
case when jsonb_typeof({{ column }}) = 'array' then {{ column }} else '[]'::jsonb end
{%- endmacro %}
