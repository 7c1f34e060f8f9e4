-- One row per call with a number, of the exchange or of the CRM: where the CRM's record of a call of the
-- exchange is looked for.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['touch_id'],
    affected='int_journey__changed_touches',
    affected_by=['touch_id'],
    distributed_by='phone',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['phone', 'at']},
    ],
) }}
{%- set affected = ref('int_journey__changed_touches') %}
{%- set columns = ['touch_id', 'source_system', 'touch_type', 'at', 'id_type', 'id_value', 'origin_id'] %}

with touches as (
    {{ touches_now('cel', affected, columns) }}
    union all
    {{ touches_now('crm', affected, columns) }}
)

select
    touch_id,
    source_system,
    id_value as phone,
    at,
    case source_system when 'crm' then origin_id end as activity_id
from touches
where touch_type = 'call' and id_type = 'PHONE'
