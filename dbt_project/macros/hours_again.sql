{#- Cells of bl_omni_stats in hours that an engineer wants counted again (ops.hours_again): all that stand in them
    or should. Its pre-hook locks the requests, its post-hook takes back those it has met. -#}
{% macro hours_again() -%}
{%- for relation, moment in [
    (relation_of('fct_touch'), 'at'), (relation_of('int_journey__conversion_events'), 'at'),
    (relation_of('int_ads__spend_hours'), 'hour_utc'), (this, 'hour_utc')
] %}
select placed.cell_id
from {{ source('ops', 'hours_again') }} as asked
inner join {{ relation }} as placed
    on placed.{{ moment }} >= {{ hour_utc('asked.from_hour') }} and placed.{{ moment }} < asked.before_hour
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}
