{#- Small conversions shared by staging views. What is out of bounds is null: bronze lets no such value in, but
    may hold some from before it had bounds. -#}

{#- A number that can be summed. -#}
{% macro summable(number) -%}
case when abs({{ number }}) < {{ var('number_limit') }} then {{ number }} end
{%- endmacro %}

{#- Money of a source (units, numeric) to kopecks (bigint), half away from zero. -#}
{% macro kopecks(column) -%}
round({{ summable(column) }} * 100)::bigint
{%- endmacro %}

{#- A time that can be one. -#}
{% macro moment(column) -%}
case when {{ column }} >= '{{ var('first_moment') }}' and {{ column }} < '{{ var('end_of_time') }}' then {{ column }} end
{%- endmacro %}

{#- The id of one system in a text of another, else null: bigint, as all ids, whatever 18 digits say. -#}
{% macro id_in(written) -%}
substring({{ written }} from '^[1-9][0-9]{0,17}$')
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
