-- Identifiers that belong to nobody whatever they meet: those of identity_blocklist, the shop's own numbers.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='node_id',
    distributed_by='node_id',
    indexes=[{'columns': ['node_id'], 'unique': true}]
) }}
{%- set arrived = arrived_nodes(ref('int_identity__nodes'), since('identity')) %}

with blocklist as (

    select
        id_type,
        match,
        pattern,
        reason
    from {{ ref('identity_blocklist') }}
    union all
    select
        'PHONE' as id_type,
        'exact' as match,
        {{ normalise_phone('number') }} as pattern,
        'own number' as reason
    from {{ ref('call_tracking_numbers') }}

),

blocked as (

    select
        node.node_id,
        'blocklist: ' || blocklist.reason as reason,
        node.first_seq as crossed_seq
    from {{ arrived if is_incremental() else ref('int_identity__nodes') }} as node
    inner join blocklist
        on
            node.id_type = blocklist.id_type
            and case blocklist.match
                when 'exact' then node.id_value = blocklist.pattern
                when 'prefix' then starts_with(node.id_value, blocklist.pattern)
                when 'suffix' then right(node.id_value, length(blocklist.pattern)) = blocklist.pattern
                when 'regex' then node.id_value ~ blocklist.pattern
            end

)

select distinct on (node_id) *
from blocked
order by node_id, reason collate "C"
