-- What was published and when it changed. An audit that cannot be recomputed: customer_identifier writes it
-- in the transaction that publishes the change, and no full refresh takes it away.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    distributed_by='node_id',
    indexes=[
        {'columns': ['batch_seq', 'node_id'], 'unique': true},
        {'columns': ['old_uuid']},
        {'columns': ['new_uuid']}
    ]
) }}

select
    null::bigint as batch_seq,
    null::bigint as node_id,
    null::uuid as old_uuid,
    null::uuid as new_uuid,
    null::text as cause,
    null::timestamptz as changed_at
where false
