-- Identifiers that belong to nobody in particular: a phone of an office, a role mailbox, a cookie of a
-- public computer. None of their edges merges anyone, including edges older than the crossing.
-- A function of the identifier's direct neighbours alone; observations only grow, so it flips at most
-- once until people change the rules, and a run recounts only identifiers that got an edge.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='node_id',
    distributed_by='node_id',
    indexes=[{'columns': ['node_id'], 'unique': true}, {'columns': ['crossed_seq']}]
) }}
{%- set watermark = since('identity') %}
{%- set arrived = arrived_nodes(ref('int_identity__nodes'), watermark) %}
{%- set columns = ['a_id', 'b_id', 'a_type', 'b_type', 'first_seq', 'first_observed_at'] %}

with
{%- if is_incremental() %} touched as (

    -- A blocked value stays blocked whatever it meets; what has no limit is not looked up.
    select distinct
        seen.node_id,
        seen.id_type
    from {{ ref('int_identity__edges') }} as edge
    cross join lateral (values (edge.a_id, edge.a_type), (edge.b_id, edge.b_type)) as seen (node_id, id_type)
    left join {{ this }} as guard on seen.node_id = guard.node_id and guard.counted_type is null
    where
        edge.first_seq > {{ watermark }}
        and guard.node_id is null
        and seen.id_type in (select rules.id_type from {{ ref('identity_rules') }} as rules)

),
{% endif %}
{%- for mine, other in [('a', 'b'), ('b', 'a')] %}
{%- set key = {mine ~ '_id': 'touched.node_id'} %}
{%- set theirs = looked_up(ref('int_identity__edges'), columns, key, unique=false) %}
{%- set touched_edges = 'touched cross join lateral ' ~ theirs %}
neighbours_of_{{ mine }} as (

    select
        edge.{{ mine }}_id as node_id,
        edge.{{ other }}_id as neighbour_id,
        edge.{{ other }}_type as counted_type,
        rules.max_distinct,
        edge.first_seq,
        edge.first_observed_at
    from {{ touched_edges if is_incremental() else ref('int_identity__edges') }} as edge
    inner join {{ ref('identity_rules') }} as rules
        on edge.{{ mine }}_type = rules.id_type and edge.{{ other }}_type = rules.counted_type
    left join {{ ref('int_identity__overrides') }} as denied
        on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
    where denied.a_id is null

),
{% endfor %}
neighbours as (

    select * from neighbours_of_a
    union all
    select * from neighbours_of_b

),

counted as (

    select
        *,
        row_number() over (partition by node_id, counted_type order by first_seq, neighbour_id) as nth,
        count(*) over (partition by node_id, counted_type) as neighbours
    from neighbours

),

{{ blocked_nodes(arrived if is_incremental() else ref('int_identity__nodes')) }},

{{ technical_nodes() }},

guarded as (

    select
        node_id,
        'limit' as reason,
        counted_type,
        neighbours,
        max_distinct,
        first_seq as crossed_seq,
        first_observed_at as crossed_at
    from counted
    where nth = max_distinct + 1

    union all

    select
        node_id,
        'blocklist: ' || reason as reason,
        null as counted_type,
        null as neighbours,
        null as max_distinct,
        crossed_seq,
        null as crossed_at
    from blocked

    union all

    select
        node_id,
        reason,
        null as counted_type,
        null as neighbours,
        null as max_distinct,
        crossed_seq,
        null as crossed_at
    from technical

)

-- The earliest reason stands: later arrivals cannot rewrite why and when.
select distinct on (node_id) *
from guarded
order by node_id, crossed_seq, reason collate "C", counted_type collate "C"
