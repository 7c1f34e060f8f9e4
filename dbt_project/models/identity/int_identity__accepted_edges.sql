-- Edges that merge: seen together or forced by a person, not denied, neither end nobody's; and pairs that an
-- identifier of nobody shows to be one person. A view: a rebuild reads it whole, an hourly run never does.
{{ config(materialized='view') }}

with pairs as (

    select
        a_id,
        b_id,
        rule,
        first_seq,
        first_observed_at
    from {{ ref('int_identity__edges') }}

    union all

    select
        least(neighbour_id, person_id) as a_id,
        greatest(neighbour_id, person_id) as b_id,
        'same_person' as rule,
        first_seq,
        null as first_observed_at
    from {{ ref('int_identity__holders') }}
    where neighbour_id <> person_id

),

links as (

    select pairs.*
    from pairs
    left join {{ ref('int_identity__overrides') }} as override
        on pairs.a_id = override.a_id and pairs.b_id = override.b_id
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
