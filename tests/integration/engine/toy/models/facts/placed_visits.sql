-- One row per visit with its visitor's city: a join of two relations and a rule.
{{ config(
    key='visit_id',
    unique_key='visit_id',
    follows={
        'stg_visits': 'visit_id',
        'stg_people': {'through': 'stg_visits', 'on': {'person_id': 'person_id'}},
    },
    reads={'stg_people': ['person_id', 'city']},
    reads_as_rule=['shop_weights'],
    indexes=[
        {'columns': ['visit_id'], 'unique': true},
        {'columns': ['person_id', 'at']},
        {'columns': ['shop', 'at']},
    ],
) }}

select
    visits.visit_id,
    visits.person_id,
    people.city,
    visits.shop,
    visits.at,
    visits.amount * coalesce(weights.weight, 1) as amount
from {{ ref('stg_visits') }} as visits
left join {{ ref('stg_people') }} as people on visits.person_id = people.person_id
left join {{ ref('shop_weights') }} as weights on visits.shop = weights.shop
