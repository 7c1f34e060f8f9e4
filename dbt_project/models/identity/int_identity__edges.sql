-- Pairs of nodes that were ever seen together, with the evidence that arrived first; one that lost some to a
-- correction is counted anew from what stands. `last_seq` says which arrivals an edge has already counted.
-- A rebuild joins the nodes, an hour their delta.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key=['a_id', 'b_id'],
    fillfactor=85,
    pre_hook="{% if is_incremental() %}
        delete from {{ this }} as edge using {{ ref('int_identity__withdrawn') }} as gone
        where edge.a_id = least(gone.a_id, gone.b_id) and edge.b_id = greatest(gone.a_id, gone.b_id)
            and gone._seq > {{ since('identity') }}
    {% endif %}",
    indexes=[
        {'columns': ['a_id', 'b_id'], 'unique': true},
        {'columns': ['b_id']},
        {'columns': ['first_seq']}
    ]
) }}
{%- set nodes = delta_of('int_identity__nodes') if is_incremental() else ref('int_identity__nodes') %}

with {{ standing_observations() }},

numbered as (

    select
        {%- for end in ['a', 'b'] %}
        {%- set id_type, id_value = 'observation.' ~ end ~ '_type', 'observation.' ~ end ~ '_value' %}
        {{ node_id_of(end, id_type, id_value) if is_incremental() else end ~ '.node_id' }} as {{ end }}_node,
        {%- endfor %}
        observation.a_type,
        observation.b_type,
        observation._seq,
        observation.rule,
        observation.source_table,
        observation.source_key,
        observation.observed_at
    from observed as observation
    left join {{ nodes }} as a
        on observation.a_type = a.id_type and observation.a_value = a.id_value
    left join {{ nodes }} as b
        on observation.b_type = b.id_type and observation.b_value = b.id_value

),

pairs as (

    select
        least(a_node, b_node) as a_id,
        greatest(a_node, b_node) as b_id,
        case when a_node < b_node then a_type else b_type end as a_type,
        case when a_node < b_node then b_type else a_type end as b_type,
        _seq,
        rule,
        source_table,
        source_key,
        observed_at
    from numbered
    where a_node <> b_node

),

-- What is known of a pair comes along with each of its rows: one look at the table, not two.
uncounted as (

    select
        pairs.a_id,
        pairs.b_id,
        pairs.a_type,
        pairs.b_type,
        pairs._seq,
        pairs.rule as seen_by,
        {%- if is_incremental() %}
        {%- for column in ['rule', 'source_table', 'source_key'] %}
        case when known.a_id is null then pairs.{{ column }} else known.{{ column }} end as {{ column }},
        {%- endfor %}
        case
            when known.a_id is null then pairs.observed_at else known.first_observed_at
        end as first_observed_at,
        coalesce(known.first_seq, pairs._seq) as first_seq,
        least(known.first_seen, pairs.observed_at) as first_seen,
        greatest(known.last_seen, pairs.observed_at) as last_seen,
        coalesce(known.observations, 0) as counted
        {%- else %}
        pairs.rule,
        pairs.source_table,
        pairs.source_key,
        pairs.observed_at as first_observed_at,
        pairs._seq as first_seq,
        pairs.observed_at as first_seen,
        pairs.observed_at as last_seen,
        0 as counted
        {%- endif %}
    from pairs
    {% if is_incremental() -%}
    left join {{ this }} as known on pairs.a_id = known.a_id and pairs.b_id = known.b_id
    where known.a_id is null or pairs._seq > known.last_seq
    {%- endif %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by a_id, b_id
            order by _seq, seen_by collate "C"
        ) as arrival_rank
    from uncounted

)

select
    a_id,
    b_id,
    a_type,
    b_type,
    max(rule) filter (where arrival_rank = 1) as rule,
    max(source_table) filter (where arrival_rank = 1) as source_table,
    max(source_key) filter (where arrival_rank = 1) as source_key,
    min(first_seq) as first_seq,
    max(first_observed_at) filter (where arrival_rank = 1) as first_observed_at,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen,
    min(counted) + count(*) as observations,
    max(_seq) as last_seq
from ranked
group by a_id, b_id, a_type, b_type
