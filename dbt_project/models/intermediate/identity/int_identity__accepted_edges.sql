-- Edges that merge: seen together or forced by a person, not denied, and neither end is guarded.
-- A view: a rebuild reads it whole, an hourly run never does.
{{ config(materialized='view') }}

with links as (

    select
        edge.a_id,
        edge.b_id,
        edge.rule,
        edge.first_seq,
        edge.first_observed_at
    from {{ ref('int_identity__edges') }} as edge
    left join {{ ref('int_identity__overrides') }} as override
        on edge.a_id = override.a_id and edge.b_id = override.b_id
    where override.a_id is null

    union all

    -- A forced pair is never younger than what was observed of it, so it stands for both.
    select
        a_id,
        b_id,
        'override' as rule,
        first_seq,
        null as first_observed_at
    from {{ ref('int_identity__overrides') }}
    where action = 'force'

)

select
    links.a_id,
    links.b_id,
    links.rule,
    links.first_seq,
    links.first_observed_at
from links
left join {{ ref('int_identity__guards') }} as a_guard on links.a_id = a_guard.node_id
left join {{ ref('int_identity__guards') }} as b_guard on links.b_id = b_guard.node_id
where a_guard.node_id is null and b_guard.node_id is null
