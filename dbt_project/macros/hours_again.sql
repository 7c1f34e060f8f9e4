{#- Pre-hook: moves the hours that an engineer wants counted again (ops.hours_again) into the queue of
    changes, as all cells that stand in them or should. What was taken leaves the requests in the same
    transaction; the queue keeps it until a run is complete. -#}
{% macro take_hours_again() -%}
with taken as (
    delete from {{ source('ops', 'hours_again') }}
    returning {{ hour_utc('from_hour') }} as from_hour, before_hour
)
insert into {{ ref('int_journey__stale') }} (fact, cell_id, at)
{%- if is_whole() %}
select 'hour', null::uuid, taken.from_hour from taken
{%- else %}
{%- set standing = this.incorporate(path={'schema': 'marts', 'identifier': 'bl_omni_stats'}) %}
{%- for relation, moment in [
    (ref('fct_touch'), 'at'), (ref('int_journey__conversion_events'), 'at'),
    (ref('int_ads__spend_hours'), 'hour_utc'), (standing, 'hour_utc')
] %}
select 'hour', placed.cell_id, {{ hour_utc('placed.' ~ moment) }}
from taken
inner join {{ relation }} as placed
    on taken.from_hour <= placed.{{ moment }} and taken.before_hour > placed.{{ moment }}
{{ 'union' if not loop.last }}
{%- endfor %}
{%- endif %}
{%- endmacro %}
