-- One row per visit of somebody known with its place in words: a second column is unique, and rows swap it.
{{ config(
    key='visit_id',
    unique_key='visit_id',
    follows={'numbered_visits': 'visit_id'},
    indexes=[{'columns': ['visit_id'], 'unique': true}, {'columns': ['place'], 'unique': true}],
) }}

select
    numbered.visit_id,
    numbered.person_id || '/' || numbered.number as place
from {{ ref('numbered_visits') }} as numbered
