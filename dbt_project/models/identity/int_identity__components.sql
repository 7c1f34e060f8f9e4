-- The component of every node, singletons included: the smallest node_id reachable by accepted edges.
-- Moves the watermark of identity in its own transaction.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='node_id',
    post_hook=[
        "{{ end_group() }}",
        "delete from {{ log_of(ref('int_identity__holders')) }}",
        "delete from {{ log_of(ref('int_identity__guards')) }}"
    ],
    indexes=[
        {'columns': ['node_id'], 'unique': true},
        {'columns': ['component_id']}
    ]
) }}
{#- Moves the watermark, so it comes last. -#}
{%- set before = ref('int_identity__merges') %}

{% if is_incremental() -%}
with decided as (

    select
        node_id,
        component_id,
        is_rebuilt
    from {{ ref('int_identity__unions') }}

),

-- The other nodes of a component that lost to an older one; rebuilt ones are decided one by one.
followers as (

    select
        component.node_id,
        decided.component_id
    from decided
    cross join lateral {{ looked_up(
        this, ['node_id'], {'component_id': 'decided.node_id'}, unique=false
    ) }} as component
    where not decided.is_rebuilt and component.node_id <> decided.node_id

),

arrived as (

    select
        entry.node_id,
        entry.node_id as component_id
    from {{ ref('int_identity__nodes') }} as entry
    left join decided on entry.node_id = decided.node_id
    where decided.node_id is null and {{ arrived_nodes(since('identity')) }}

)

select
    node_id,
    component_id
from decided
union all
select
    node_id,
    component_id
from followers
union all
select
    node_id,
    component_id
from arrived
{%- else -%}
select
    node.node_id,
    coalesce(unions.component_id, node.node_id) as component_id
from {{ ref('int_identity__nodes') }} as node
left join {{ ref('int_identity__unions') }} as unions on node.node_id = unions.node_id
{%- endif %}
