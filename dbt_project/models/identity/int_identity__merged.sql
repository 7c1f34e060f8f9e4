-- The merge log in words; `birth_uuid` is that of the loser.
{{ config(
    materialized='view',
    changes='int_identity__affected',
    changes_where='rows.is_former'
) }}
{%- set changes = ref('int_identity__affected') %}

select
    merged.birth_uuid,
    merged.seq,
    merged.observed_at as merged_at,
    merged.rule,
    merged.source_table,
    merged.source_key,
    a.id_type as a_type,
    a.id_value as a_value,
    b.id_type as b_type,
    b.id_value as b_value,
    winner.birth_uuid as winner_uuid
from {{ ref('int_identity__merges') }} as merged
inner join {{ ref('int_identity__nodes') }} as a on merged.a_id = a.node_id
inner join {{ ref('int_identity__nodes') }} as b on merged.b_id = b.node_id
inner join {{ ref('int_identity__nodes') }} as winner on merged.winner_id = winner.node_id
