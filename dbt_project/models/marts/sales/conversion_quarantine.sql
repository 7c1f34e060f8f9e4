-- One row per conversion that cannot be published, with the reason; nothing is converted one to one.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['conversion_id'],
    affected='int_journey__changed_conversions',
    affected_by=['conversion_id'],
    distributed_by='conversion_id',
    indexes=[{'columns': ['conversion_id'], 'unique': true}],
) }}
-- depends_on: {{ ref('int_journey__changed_conversions') }}

select
    conversion_id,
    quarantine_reason as reason,
    kind,
    at,
    (amount_minor / 100.0)::numeric(20, 2) as amount,
    currency,
    seq
from {{ ref('int_journey__conversions') }}
where quarantine_reason is not null
