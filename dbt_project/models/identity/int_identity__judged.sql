-- The verdict on contested identifiers: nobody's when those seen with it are clearly different people, or
-- more than identity_rules allow one person; traces that are one person count once. An identifier that turns
-- out to be one person's has no row.
{{ config(materialized='ephemeral') }}

with judged as (

    select
        contested.*,
        persons.person_id,
        persons.opposed_seq,
        min(persons.opposed_seq) over (partition by contested.hub_id) as crossed_seq,
        count(*) over (
            partition by contested.hub_id, contested.neighbour_type, persons.person_id
            order by contested.first_seq, contested.neighbour_id
        ) as nth_of_person
    from {{ ref('int_identity__contested') }} as contested
    inner join {{ ref('int_identity__persons') }} as persons
        on contested.hub_id = persons.hub_id and contested.neighbour_id = persons.neighbour_id

),

-- The first trace of each person stands for it; traces of other people come one by one.
counted as (

    select
        *,
        row_number() over (
            partition by hub_id, neighbour_type
            order by first_seq, neighbour_id
        ) as nth,
        count(*) over (partition by hub_id, neighbour_type) as people
    from judged
    where nth_of_person = 1

),

verdicts as (

    select
        hub_id,
        'limit' as reason,
        1 as rank,
        neighbour_type as counted_type,
        people as neighbours,
        max_distinct,
        first_seq as crossed_seq,
        first_observed_at as crossed_at
    from counted
    where nth = max_distinct + 1

    union all

    select
        hub_id,
        'different people' as reason,
        2 as rank,
        neighbour_type as counted_type,
        count(*) filter (where opposed_seq is not null and person_id = neighbour_id) over (
            partition by hub_id
        ) as neighbours,
        1 as max_distinct,
        crossed_seq,
        case when first_seq = crossed_seq then first_observed_at end as crossed_at
    from judged
    where opposed_seq is not null

),

-- The earliest reason stands: later arrivals cannot rewrite why and when.
verdict as (

    select distinct on (hub_id) *
    from verdicts
    order by hub_id, crossed_seq, rank, crossed_at, counted_type collate "C"

)

select
    judged.hub_id,
    judged.neighbour_id,
    judged.person_id,
    judged.first_seq,
    verdict.reason,
    verdict.counted_type,
    verdict.neighbours,
    verdict.max_distinct,
    verdict.crossed_seq,
    verdict.crossed_at
from judged
inner join verdict on judged.hub_id = verdict.hub_id
