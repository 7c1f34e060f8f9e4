-- One row per node that lost its root to an older one, in the order in which evidence arrived: a forest
-- with one tree per component, made in one pass by the union-find function.
{{ config(
    distributed_by='loser_id',
    reduce=true,
    pre_hook="{{ create_identity_union_find(this.schema) }}",
    indexes=[
        {'columns': ['loser_id'], 'unique': true},
        {'columns': ['component_id']}
    ]
) }}

with last_ids as (

    select
        coalesce(max(node_id) filter (where node_id < 1000000000000), 0) as entity,
        coalesce(max(node_id) filter (where node_id > 1000000000000), 1000000000000) as contact_value
    from {{ ref('int_identity__nodes') }}

),

edges as (

    select
        array_agg(a_number order by edge_no) as a,
        array_agg(b_number order by edge_no) as b
    from {{ ref('int_identity__accepted_edges') }}

)

-- Dense numbers back to node ids: those after the last entity are contact values.
select
    unions.edge_no::bigint as edge_no,
    case
        when unions.winner <= last_ids.entity then unions.winner
        else unions.winner - last_ids.entity + 1000000000000
    end as winner_id,
    case
        when unions.loser <= last_ids.entity then unions.loser
        else unions.loser - last_ids.entity + 1000000000000
    end as loser_id,
    case
        when unions.root <= last_ids.entity then unions.root
        else unions.root - last_ids.entity + 1000000000000
    end as component_id
from edges
cross join last_ids
cross join lateral {{ this.schema }}.identity_union_find(
    edges.a,
    edges.b,
    (last_ids.entity + last_ids.contact_value - 1000000000000)::integer
) as unions
