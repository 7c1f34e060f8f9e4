-- One row per cost row that cannot be published, with the reason; nothing is converted one to one.
{{ config(materialized='view') }}

select
    cost_id,
    quarantine_reason as reason,
    provider,
    account,
    campaign_id,
    campaign_name,
    local_date,
    cost_given as amount,
    currency,
    seq
from {{ ref('int_ads__costs') }}
where quarantine_reason is not null
