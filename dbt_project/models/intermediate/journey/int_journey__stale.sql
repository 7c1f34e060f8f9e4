-- What changed in published facts since the marts were last complete: the old and the new version of every
-- changed row, noted by the strategy `replace` in the transaction of the change. data_as_of empties it.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    distributed_by='fact_id'
) }}

select
    null::text as fact,
    null::text as fact_id,
    null::uuid as customer_uuid,
    null::uuid as cell_id,
    null::timestamptz as at
where false
