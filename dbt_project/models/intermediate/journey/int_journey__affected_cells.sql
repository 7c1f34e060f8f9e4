-- Rows of bl_omni_stats to be counted again: those in which a touch, a conversion, an hour's share of
-- advertising cost or the first event of a customer stands or stood, and those of hours that an engineer
-- asked for.
-- Empty when everything is made anew.
{{ config(
    news=true,
    pre_hook="{{ take_hours_again() }}",
    distributed_by='cell_id',
    indexes=[{'columns': ['cell_id'], 'unique': true}],
) }}
-- depends_on: {{ ref('fct_touch') }}, {{ ref('int_journey__conversion_events') }}
-- depends_on: {{ ref('int_journey__firsts') }}, {{ ref('int_ads__spend_hours') }}

select distinct cell_id
from {{ ref('int_journey__stale') }}
where
    fact in ('touch', 'event', 'first', 'spend', 'hour')
    and cell_id is not null
    {%- if is_whole() %}
    and false
    {%- endif %}
