-- One row per cost row that cannot be published, with the reason; nothing is converted one to one.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['cost_id'],
    affected='int_ads__changed_costs',
    affected_by=['cost_id'],
    distributed_by='cost_id',
    indexes=[{'columns': ['cost_id'], 'unique': true}],
) }}
-- depends_on: {{ ref('int_ads__changed_costs') }}

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
