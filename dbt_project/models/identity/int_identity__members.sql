-- The identifiers of each customer. customer_uuid is the birth uuid of the component's earliest anchor,
-- a function of data alone: an older customer survives a merge, a full rebuild gives the same uuid.
-- Guarded identifiers are nobody's; having no accepted edge, each is a component of its own.
{{ config(materialized='view', changes='int_identity__affected') }}
{%- set changes = ref('int_identity__affected') %}

select
    node.node_id,
    anchor.birth_uuid as customer_uuid,
    node.id_type,
    node.id_value,
    node.first_seen,
    node.last_seen,
    node.observations,
    node.is_verified
from {{ ref('int_identity__nodes') }} as node
inner join {{ ref('int_identity__components') }} as component on node.node_id = component.node_id
inner join {{ ref('int_identity__nodes') }} as anchor on component.component_id = anchor.node_id
left join {{ ref('int_identity__guards') }} as guard on node.node_id = guard.node_id
where guard.node_id is null
