-- Identifiers that belong to nobody in particular: a phone of an office, a role mailbox, a cookie of a
-- public computer. None of their edges merges anyone, including edges older than the crossing.
-- A function of the identifier's direct neighbours alone; observations only grow, so it flips at most once.
{{ config(
    distributed_by='node_id',
    indexes=[{'columns': ['node_id'], 'unique': true}]
) }}

with neighbours as (

    select
        seen.node_id,
        seen.counted_type,
        rules.max_distinct,
        edge.first_seq,
        edge.first_observed_at,
        row_number() over (
            partition by seen.node_id, seen.counted_type
            order by edge.first_seq, seen.neighbour_id
        ) as nth,
        count(*) over (partition by seen.node_id, seen.counted_type) as neighbours
    from {{ ref('int_identity__edges') }} as edge
    cross join
        lateral (
            values
            (edge.a_id, edge.a_type, edge.b_id, edge.b_type),
            (edge.b_id, edge.b_type, edge.a_id, edge.a_type)
        ) as seen (node_id, id_type, neighbour_id, counted_type)
    inner join {{ ref('identity_rules') }} as rules
        on seen.id_type = rules.id_type and seen.counted_type = rules.counted_type

),

over_limit as (

    select
        node_id,
        'limit' as reason,
        counted_type,
        neighbours,
        max_distinct,
        first_seq as crossed_seq,
        first_observed_at as crossed_at
    from neighbours
    where nth = max_distinct + 1

),

blocked as (

    select
        node.node_id,
        'blocklist: ' || blocklist.reason as reason,
        null::text as counted_type,
        null::bigint as neighbours,
        null::integer as max_distinct,
        node.first_seq as crossed_seq,
        node.first_seen as crossed_at
    from {{ ref('int_identity__nodes') }} as node
    inner join {{ ref('identity_blocklist') }} as blocklist
        on
            node.id_type = blocklist.id_type
            and case blocklist.match
                when 'exact' then node.id_value = blocklist.pattern
                when 'prefix' then starts_with(node.id_value, blocklist.pattern)
                when 'suffix' then right(node.id_value, length(blocklist.pattern)) = blocklist.pattern
                when 'regex' then node.id_value ~ blocklist.pattern
            end

),

guarded as (

    select * from over_limit
    union all
    select * from blocked

)

-- The earliest reason stands: later arrivals cannot rewrite why and when.
select distinct on (node_id)
    node_id,
    reason,
    counted_type,
    neighbours,
    max_distinct,
    crossed_seq,
    crossed_at
from guarded
order by node_id, crossed_seq, reason collate "C", counted_type collate "C"
