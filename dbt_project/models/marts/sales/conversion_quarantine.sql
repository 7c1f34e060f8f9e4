-- One row per conversion that cannot be published, with the reason; nothing is converted one to one.
{{ config(materialized='view') }}

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
