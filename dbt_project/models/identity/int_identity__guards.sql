-- Identifiers that belong to nobody in particular: a phone of an office, a role mailbox, a cookie of a public
-- computer. None of their edges merges anyone, including edges older than the crossing. A function of what
-- was seen with the identifier and of what that tells: a new name can make it a person's again.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='node_id',
    distributed_by='node_id',
    pre_hook="{% if is_incremental() %}
        delete from {{ this }} using {{ ref('int_identity__touched') }} as touched
        where node_id = touched.hub_id
    {% endif %}",
    indexes=[{'columns': ['node_id'], 'unique': true}, {'columns': ['crossed_seq']}]
) }}
{%- set judged_anew = ref('int_identity__touched') %}

select distinct on (hub_id)
    hub_id as node_id,
    reason,
    counted_type,
    neighbours,
    max_distinct,
    crossed_seq,
    crossed_at
from {{ ref('int_identity__judged') }}

union all

-- A blocked value stays blocked whatever it meets.
select
    node_id,
    reason,
    null as counted_type,
    null as neighbours,
    null as max_distinct,
    crossed_seq,
    null as crossed_at
from {{ ref('int_identity__blocked') }}
where crossed_seq > {{ since('identity') }}
