{#- Touches of one source by the keys under which it knows them.

Every stg_<source>__touches names for each row its `origin` (what of the source it comes from) and the
native key there, `origin_id` or `origin_text`; stg_<source>__touch_changes names the same for every
arrival that may change the touch. Which columns are the key of an origin is in the `meta` of the model. Keys are raw columns, which are indexed: a touch_id is made of text
and could only be found by reading everything. -#}

{#- SELECT of the touches of a source: all of them in a whole build, else those of the keys in `affected`. -#}
{% macro touches_now(source, affected, columns) -%}
{%- if is_whole() -%}
    select {{ columns | join(', ') }}
    from {{ ref('stg_' ~ source ~ '__touches') }}
{%- else -%}
{%- for origin, keys in origins_of(source).items() %}
    select {% for column in columns %}touch.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from (
        select distinct origin_id, origin_text from {{ affected }} where origin = '{{ origin }}'
    ) as wanted
    -- `offset 0` keeps it a subquery of its own, into which PostgreSQL takes the key down to the tables.
    cross join lateral (
        select * from {{ ref('stg_' ~ source ~ '__touches') }} as found
        where found.origin = '{{ origin }}'
        {%- for key in keys %} and found.{{ key }} = wanted.{{ key }}{% endfor %}
        offset 0
    ) as touch
    {{ 'union all' if not loop.last }}
{%- endfor %}
{%- endif -%}
{%- endmacro %}

{#- Calls of one phone so near each other are one call: the connector writes its record into the CRM within
    seconds of the call; two minutes also cover clocks that differ. -#}
{% macro same_call_seconds() -%}
120
{%- endmacro %}
