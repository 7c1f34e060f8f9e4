-- One row per visit with the visits to its shop shortly before: neighbours in the same input.
{{ config(
    key='visit_id',
    unique_key='visit_id',
    follows={
        'placed_visits': [
            {'by': {'visit_id': 'visit_id'}},
            {
                'through': 'placed_visits',
                'on': 'entry.shop = via.shop and entry.at between via.at - 2 and via.at - 1',
            },
        ],
    },
    reads={'placed_visits': ['visit_id', 'shop', 'at']},
    indexes=[{'columns': ['visit_id'], 'unique': true}],
) }}

select
    visits.visit_id,
    count(neighbours.visit_id) as visits_before
from {{ ref('placed_visits') }} as visits
left join {{ ref('placed_visits') }} as neighbours
    on visits.shop = neighbours.shop and neighbours.at between visits.at - 2 and visits.at - 1
group by visits.visit_id
