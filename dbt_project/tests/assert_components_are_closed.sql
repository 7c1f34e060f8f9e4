-- Both ends of every accepted edge lie in one component, a component is named after its smallest node,
-- a guarded node is alone, and there are as many merges as nodes that are not the smallest of theirs.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'int_identity__components'}}}) }}

with named as (

    select
        component_id,
        min(node_id) as smallest_id
    from {{ ref('int_identity__components') }}
    group by component_id

),

counts as (

    select
        (select count(*) from {{ ref('int_identity__components') }}) as nodes,
        (select count(*) from named) as components,
        (select count(*) from {{ ref('int_identity__merges') }}) as unions

)

select
    'edge leaves its component' as problem,
    edge.a_id,
    edge.b_id
from {{ ref('int_identity__accepted_edges') }} as edge
inner join {{ ref('int_identity__components') }} as a on edge.a_id = a.node_id
inner join {{ ref('int_identity__components') }} as b on edge.b_id = b.node_id
where a.component_id <> b.component_id

union all

select
    'component is not named after its smallest node' as problem,
    component_id as a_id,
    smallest_id as b_id
from named
where component_id <> smallest_id

union all

select
    'guarded node is in a component with others' as problem,
    guard.node_id as a_id,
    component.node_id as b_id
from {{ ref('int_identity__guards') }} as guard
inner join {{ ref('int_identity__components') }} as own on guard.node_id = own.node_id
inner join {{ ref('int_identity__components') }} as component on own.component_id = component.component_id
where component.node_id <> guard.node_id

union all

select
    'merges are not nodes less components' as problem,
    nodes - components as a_id,
    unions as b_id
from counts
where nodes - components <> unions
