-- Edges that merge: neither end is guarded. Numbered in arrival order, with both ends as dense numbers
-- for the union-find: class 0 keeps its rank, class 1 follows after the last of class 0.
{{ config(
    distributed_by='a_id',
    reduce=true,
    indexes=[
        {'columns': ['edge_no'], 'unique': true},
        {'columns': ['a_id', 'b_id'], 'unique': true}
    ]
) }}

with accepted as (

    select
        edge.a_id,
        edge.b_id,
        edge.rule,
        edge.first_seq,
        edge.first_observed_at
    from {{ ref('int_identity__edges') }} as edge
    left join {{ ref('int_identity__guards') }} as a_guard on edge.a_id = a_guard.node_id
    left join {{ ref('int_identity__guards') }} as b_guard on edge.b_id = b_guard.node_id
    where a_guard.node_id is null and b_guard.node_id is null

),

entities as (

    select coalesce(max(node_id), 0) as last_id
    from {{ ref('int_identity__nodes') }}
    where node_id < 1000000000000

)

select
    row_number() over (order by accepted.first_seq, accepted.a_id, accepted.b_id) as edge_no,
    accepted.a_id,
    accepted.b_id,
    case
        when accepted.a_id < 1000000000000 then accepted.a_id
        else accepted.a_id - 1000000000000 + entities.last_id
    end::integer as a_number,
    case
        when accepted.b_id < 1000000000000 then accepted.b_id
        else accepted.b_id - 1000000000000 + entities.last_id
    end::integer as b_number,
    accepted.rule,
    accepted.first_seq,
    accepted.first_observed_at
from accepted
cross join entities
