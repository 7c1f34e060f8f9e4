-- One row per version of a visit to a shop that has no weight: arrivals that only add.
{{ config(
    materialized='arrivals',
    arrives_by='_seq',
    follows={'stg_visit_arrivals': {'since': '_seq'}},
    reads_as_rule=['shop_weights'],
    indexes=[{'columns': ['shop', 'at']}, {'columns': ['person_id', 'shop']}],
) }}

select
    arrivals.person_id,
    arrivals.shop,
    arrivals.at,
    arrivals._seq
from {{ ref('stg_visit_arrivals') }} as arrivals
left join {{ ref('shop_weights') }} as weights on arrivals.shop = weights.shop
where weights.shop is null or arrivals.at > weights.weight
