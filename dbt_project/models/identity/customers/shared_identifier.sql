-- Identifiers kept out of every profile, and why: of different people, over a limit of identity_rules or in
-- identity_blocklist. One that became somebody's again goes.
{{ config(
    materialized='keyed',
    key=['id_type', 'id_value'],
    unique_key=['id_type', 'id_value'],
    follows={'int_identity__guarded': ['id_type', 'id_value']},
    distributed_by='id_value',
    indexes=[{'columns': ['id_type', 'id_value'], 'unique': true}]
) }}

select
    guarded.id_type,
    guarded.id_value,
    guarded.reason,
    guarded.counted_type,
    guarded.neighbours,
    guarded.max_distinct,
    guarded.crossed_at
from {{ ref('int_identity__guarded') }} as guarded
