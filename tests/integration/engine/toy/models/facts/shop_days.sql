-- One row per shop and ten minutes: sums.
{{ config(
    materialized='sums',
    unique_key=['shop', 'tens'],
    follows='placed_visits',
    indexes=[{'columns': ['shop', 'tens'], 'unique': true}],
) }}

select
    visits.shop,
    visits.at / 10 as tens,
    sum(visits.amount)::bigint as amount,
    count(visits.city)::bigint as placed,
    count(*)::bigint as entries
from {{ ref('placed_visits') }} as visits
group by visits.shop, visits.at / 10
