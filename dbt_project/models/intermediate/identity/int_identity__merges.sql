-- The merge log: which pair of identifiers, by which rule and when, made the customer of loser_id part
-- of the customer of winner_id. Filtered to one component it is a tree, so "why" is one path.
{{ config(
    distributed_by='loser_id',
    indexes=[
        {'columns': ['loser_id'], 'unique': true},
        {'columns': ['seq']}
    ]
) }}

select
    edge.first_seq as seq,
    edge.rule,
    edge.a_id,
    edge.b_id,
    unions.winner_id,
    unions.loser_id,
    edge.first_observed_at as observed_at
from {{ ref('int_identity__unions') }} as unions
inner join {{ ref('int_identity__accepted_edges') }} as edge on unions.edge_no = edge.edge_no
