-- Identifiers that belong to nobody whatever they meet: those of identity_blocklist, the shop's own numbers
-- and domains, and what belongs to a technical account once it was seen with somebody.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='node_id',
    distributed_by='node_id',
    indexes=[{'columns': ['node_id'], 'unique': true}, {'columns': ['crossed_seq']}]
) }}
{%- set arrived = arrived_nodes(ref('int_identity__nodes'), since('identity')) %}

with {{ blocked_nodes(arrived if is_incremental() else ref('int_identity__nodes')) }},

{{ technical_nodes() }},

found as (

    select
        node_id,
        'blocklist: ' || reason as reason,
        crossed_seq
    from blocked
    union all
    select
        node_id,
        reason,
        crossed_seq
    from technical

)

select distinct on (node_id) *
from found
order by node_id, crossed_seq, reason collate "C"
