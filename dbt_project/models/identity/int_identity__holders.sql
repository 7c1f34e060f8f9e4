-- Identifiers that are nobody's, with all that was seen with them: such an edge merges nobody. Of those that
-- are one person, the first stands for the person, and each other one merges with it (person_id) instead.
-- Changes are logged until the components have followed them.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    affected='int_identity__touched',
    affected_by=['hub_id'],
    unique_key=['hub_id', 'neighbour_id'],
    logs=true,
    distributed_by='hub_id',
    indexes=[
        {'columns': ['hub_id', 'neighbour_id'], 'unique': true},
        {'columns': ['neighbour_id']},
        {'columns': ['person_id']},
        {'columns': ['first_seq']}
    ]
) }}
{%- set judged_anew = ref('int_identity__touched') %}

select
    hub_id,
    neighbour_id,
    person_id,
    first_seq
from {{ ref('int_identity__judged') }}
