-- Identifiers that are nobody's, each with every identifier it was seen with.
{{ config(
    materialized='view',
    changes='int_identity__affected',
    changes_where='rows.is_guarded or rows.is_parted'
) }}
{%- set changes = ref('int_identity__affected') %}
{% for mine, other in [('a', 'b'), ('b', 'a')] %}
select
    node.id_type,
    node.id_value,
    neighbour.id_type as neighbour_type,
    neighbour.id_value as neighbour_value,
    neighbour.node_id as neighbour_id,
    edge.first_seq
from {{ ref('int_identity__guards') }} as guard
inner join {{ ref('int_identity__nodes') }} as node on guard.node_id = node.node_id
inner join {{ ref('int_identity__edges') }} as edge on guard.node_id = edge.{{ mine }}_id
inner join {{ ref('int_identity__nodes') }} as neighbour on edge.{{ other }}_id = neighbour.node_id
left join {{ ref('int_identity__overrides') }} as denied
    on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
where denied.a_id is null
{{ 'union all' if not loop.last }}
{%- endfor %}
