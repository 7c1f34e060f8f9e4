-- The component of every node, singletons included: the smallest node_id reachable by accepted edges.
{{ config(
    distributed_by='node_id',
    indexes=[
        {'columns': ['node_id'], 'unique': true},
        {'columns': ['component_id']}
    ]
) }}

select
    node.node_id,
    coalesce(unions.component_id, node.node_id) as component_id
from {{ ref('int_identity__nodes') }} as node
left join {{ ref('int_identity__unions') }} as unions on node.node_id = unions.loser_id
