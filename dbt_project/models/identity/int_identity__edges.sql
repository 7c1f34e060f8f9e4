-- Pairs of nodes that were ever seen together, with the evidence that arrived first; one that lost some to a
-- correction is made anew of what stands.
{%- do ref('int_identity__withdrawn') %}
{{ config(
    materialized='arrivals',
    unique_key=['a_id', 'b_id'],
    changes='int_identity__edge_changes',
    changes_where='rows._seq > {{ watermark("bronze") }}',
    follows={
        'int_identity__withdrawn': {'since': '_seq'},
        'int_identity__evidence': [
            {'since': '_seq'},
            {'through': 'int_identity__withdrawn', 'on': {
                'a_type': 'a_type', 'a_value': 'a_value', 'b_type': 'b_type', 'b_value': 'b_value',
            }},
            {'through': 'int_identity__withdrawn', 'on': {
                'a_type': 'b_type', 'a_value': 'b_value', 'b_type': 'a_type', 'b_value': 'a_value',
            }},
        ],
        'int_identity__nodes': [
            {'logged': true},
            {'through': 'int_identity__withdrawn', 'on': {'node_id': 'a_id'}},
            {'through': 'int_identity__withdrawn', 'on': {'node_id': 'b_id'}},
        ],
    },
    reads={'int_identity__nodes': ['id_type', 'id_value', 'node_id']},
    combines={
        'first_seen': 'least(stood.first_seen, excluded.first_seen)',
        'last_seen': 'greatest(stood.last_seen, excluded.last_seen)',
        'observations': 'stood.observations + excluded.observations',
    },
    fillfactor=85,
    pre_hook="{% if is_current() %}
        delete from {{ this }} as edge using {{ ref('int_identity__withdrawn') }} as gone
        where edge.a_id = least(gone.a_id, gone.b_id) and edge.b_id = greatest(gone.a_id, gone.b_id)
            and gone._seq > {{ watermark('bronze') }}
    {% endif %}",
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
        case when a.node_id < b.node_id then evidence.a_type else evidence.b_type end as a_type,
        case when a.node_id < b.node_id then evidence.b_type else evidence.a_type end as b_type,
        evidence._seq,
        evidence.rule,
        evidence.source_table,
        evidence.source_key,
        evidence.observed_at
    from {{ ref('int_identity__evidence') }} as evidence
    inner join {{ ref('int_identity__nodes') }} as a
        on evidence.a_type = a.id_type and evidence.a_value = a.id_value
    inner join {{ ref('int_identity__nodes') }} as b
        on evidence.b_type = b.id_type and evidence.b_value = b.id_value
    where a.node_id <> b.node_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by a_id, b_id
            -- To the last: two lines of a basket arrive with the order that names the phone.
            order by _seq, rule collate "C", source_table collate "C", source_key collate "C", observed_at
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
