-- Pairs of nodes that were ever seen together, with the evidence that arrived first. `last_seq` says
-- which arrivals an edge has already counted.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key=['a_id', 'b_id'],
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
    where a.node_id <> b.node_id and observation._seq > {{ since('identity') }}

),

uncounted as (

    select pairs.*
    from pairs
    {% if is_incremental() -%}
    left join {{ this }} as counted on pairs.a_id = counted.a_id and pairs.b_id = counted.b_id
    where counted.a_id is null or pairs._seq > counted.last_seq
    {%- endif %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by a_id, b_id
            order by _seq, rule collate "C"
        ) as arrival_rank
    from uncounted

),

arrived as (

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
        count(*) as observations,
        max(_seq) as last_seq
    from ranked
    group by a_id, b_id, a_type, b_type

)

{% if is_incremental() -%}
select
    arrived.a_id,
    arrived.b_id,
    arrived.a_type,
    arrived.b_type,
    {%- for column in ['rule', 'source_table', 'source_key', 'first_seq', 'first_observed_at'] %}
    case when known.a_id is null then arrived.{{ column }} else known.{{ column }} end as {{ column }},
    {%- endfor %}
    least(known.first_seen, arrived.first_seen) as first_seen,
    greatest(known.last_seen, arrived.last_seen) as last_seen,
    coalesce(known.observations, 0) + arrived.observations as observations,
    arrived.last_seq
from arrived
left join {{ this }} as known on arrived.a_id = known.a_id and arrived.b_id = known.b_id
{%- else -%}
select * from arrived
{%- endif %}
