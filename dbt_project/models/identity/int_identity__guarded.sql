-- Identifiers that are nobody's, and why.
{{ config(
    materialized='view',
    changes='int_identity__affected',
    changes_where='rows.is_guarded or rows.is_parted'
) }}
{%- set changes = ref('int_identity__affected') %}

select
    node.id_type,
    node.id_value,
    guard.reason,
    guard.counted_type,
    guard.neighbours,
    guard.max_distinct,
    -- A blocked value was never anybody's.
    coalesce(guard.crossed_at, case when guard.counted_type is null then node.first_seen end) as crossed_at
from {{ ref('int_identity__guards') }} as guard
inner join {{ ref('int_identity__nodes') }} as node on guard.node_id = node.node_id
