-- One row per city with visits: a group.
{{ config(
    key='city',
    unique_key='city',
    follows={'placed_visits': 'city'},
    reads={'placed_visits': ['visit_id', 'city', 'person_id', 'amount']},
    indexes=[{'columns': ['city'], 'unique': true}],
) }}

select
    visits.city,
    count(*) as visits,
    count(distinct visits.person_id) as people,
    sum(visits.amount)::bigint as amount
from {{ ref('placed_visits') }} as visits
where visits.city is not null
group by visits.city
