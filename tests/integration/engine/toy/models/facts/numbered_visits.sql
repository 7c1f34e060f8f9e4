-- One row per visit of somebody known with its place among all of theirs: a window. The unique key is not the key.
{{ config(
    key='person_id',
    unique_key='visit_id',
    follows={'placed_visits': 'person_id'},
    indexes=[{'columns': ['visit_id'], 'unique': true}, {'columns': ['person_id']}],
) }}

with visits as (
    select * from {{ ref('placed_visits') }}
    where person_id is not null
)

select
    visits.visit_id,
    visits.person_id,
    row_number() over (partition by visits.person_id order by visits.at, visits.visit_id) as number
from visits
