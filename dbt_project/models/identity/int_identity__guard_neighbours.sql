-- The same as a table: few identifiers of an hour were seen with anything shared, and of those few pairs
-- changed.
{{ config(
    materialized='keyed',
    key='node_id',
    unique_key=['node_id', 'neighbour_id'],
    follows={'int_identity__guard_edges': 'node_id'},
    fillfactor=85,
    indexes=[{'columns': ['node_id', 'neighbour_id'], 'unique': true}, {'columns': ['neighbour_id']}]
) }}

select
    edges.node_id,
    edges.id_type,
    edges.id_value,
    edges.neighbour_id,
    edges.first_seq,
    edges.observations,
    edges.last_seen,
    edges.is_shown
from {{ ref('int_identity__guard_edges') }} as edges
