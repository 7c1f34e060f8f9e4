-- Identifiers kept out of every profile, and why: of different people, over a limit of identity_rules or in
-- identity_blocklist. One that became somebody's again goes.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=[
        "{{ forget_affected({'id_type': 'id_type', 'id_value': 'id_value'}, 'is_guarded') }}",
        "{{ forget_affected({'id_type': 'id_type', 'id_value': 'id_value'}, 'is_parted') }}"
    ],
    distributed_by='id_value',
    indexes=[{'columns': ['id_type', 'id_value'], 'unique': true}]
) }}
-- depends_on: {{ ref('int_identity__affected') }}, {{ ref('int_identity__nodes') }}

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
inner join {{ ref('int_identity__affected' if is_incremental() else 'int_identity__nodes') }} as node
    on guard.node_id = node.node_id{{ ' and node.is_guarded' if is_incremental() }}
