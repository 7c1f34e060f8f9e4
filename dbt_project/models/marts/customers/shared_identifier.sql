-- Identifiers kept out of every profile, and why: over a limit of identity_rules or in identity_blocklist.
{{ config(
    distributed_by='id_value',
    indexes=[{'columns': ['id_type', 'id_value'], 'unique': true}]
) }}

select
    node.id_type,
    node.id_value,
    guard.reason,
    guard.counted_type,
    guard.neighbours,
    guard.max_distinct,
    guard.crossed_at
from {{ ref('int_identity__guards') }} as guard
inner join {{ ref('int_identity__nodes') }} as node on guard.node_id = node.node_id
