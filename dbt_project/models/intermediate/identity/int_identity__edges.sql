-- Pairs of nodes that were ever seen together, with the evidence that arrived first.
{{ config(
    distributed_by='a_id',
    indexes=[
        {'columns': ['a_id', 'b_id'], 'unique': true},
        {'columns': ['b_id']},
        {'columns': ['first_seq']}
    ]
) }}

with pairs as (

    select
        least(a.node_id, b.node_id) as a_id,
        greatest(a.node_id, b.node_id) as b_id,
        case when a.node_id < b.node_id then a.id_type else b.id_type end as a_type,
        case when a.node_id < b.node_id then b.id_type else a.id_type end as b_type,
        observation._seq,
        observation.rule,
        observation.source_table,
        observation.source_key,
        observation.observed_at
    from {{ ref('int_identity__observations') }} as observation
    inner join {{ ref('int_identity__nodes') }} as a
        on observation.a_type = a.id_type and observation.a_value = a.id_value
    inner join {{ ref('int_identity__nodes') }} as b
        on observation.b_type = b.id_type and observation.b_value = b.id_value
    where a.node_id <> b.node_id

),

ranked as (

    select
        a_id,
        b_id,
        a_type,
        b_type,
        _seq,
        rule,
        source_table,
        source_key,
        observed_at,
        row_number() over (
            partition by a_id, b_id
            order by _seq, rule collate "C"
        ) as arrival_rank
    from pairs

)

select
    a_id,
    b_id,
    a_type,
    b_type,
    max(rule) filter (where arrival_rank = 1) as rule,
    max(source_table) filter (where arrival_rank = 1) as source_table,
    max(source_key) filter (where arrival_rank = 1) as source_key,
    min(_seq) as first_seq,
    max(observed_at) filter (where arrival_rank = 1) as first_observed_at,
    min(observed_at) as first_seen,
    max(observed_at) as last_seen,
    count(*) as observations
from ranked
group by a_id, b_id, a_type, b_type
