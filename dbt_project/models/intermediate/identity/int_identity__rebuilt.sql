-- Nodes of the components that a new guard may have broken: they are taken apart and united again from
-- their remaining edges. None in a rebuild, which unites everything.
{{ config(
    distributed_by='node_id',
    news=true,
    indexes=[{'columns': ['node_id'], 'unique': true}]
) }}
{%- set components = left_by_last_run('int_identity__components') %}

{% if is_whole() -%}
select node_id from {{ ref('int_identity__guards') }}
where false
{%- else -%}
with broken as (

    select distinct component.component_id
    from {{ ref('int_identity__guards') }} as guard
    inner join {{ components }} as component on guard.node_id = component.node_id
    where guard.crossed_seq > {{ since('identity') }}

)

select component.node_id
from broken
inner join {{ components }} as component on broken.component_id = component.component_id
{%- endif %}
