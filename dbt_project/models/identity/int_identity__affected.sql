-- Identifiers of which something may have changed since the customers were last published: those seen since,
-- and all of a component that merged or was taken apart since. Those and new ones are `is_restated`, all
-- others still have the customer they had. Empty when everything is published anew. One index: its readers
-- read it whole, and with more of them the planner would go through those.
{{ config(
    progress='marts',
    indexes=[
        {'columns': ['node_id'], 'unique': true}
    ]
) }}

{%- set watermark = since('marts') %}

with logged as (

    select distinct
        id_type,
        id_value,
        node_id
    from {{ log_of(ref('int_identity__nodes')) }}

),

touched as (

    -- Numbers that a run wrote are logged; to look the others up by their text costs several times as much.
    select distinct
        coalesce(logged.node_id, (
            select node.node_id
            from {{ ref('int_identity__nodes') }} as node
            where node.id_type = seen.id_type and node.id_value = seen.id_value
        )) as node_id
    from {{ ref('int_identity__observations') }} as observation
    cross join
        lateral (
            values
            (observation.a_type, observation.a_value),
            (observation.b_type, observation.b_value)
        ) as seen (id_type, id_value)
    left join logged
        on seen.id_type = logged.id_type and seen.id_value = logged.id_value
    where seen.id_value is not null and observation._seq > {{ watermark }}

),

losers as (

    select loser_id as node_id
    from {{ ref('int_identity__merges') }}
    where seq > {{ watermark }}

),

-- Whatever was taken apart, by all runs since.
parted as (

    select node_id
    from {{ ref('int_identity__rebuilt') }}
    where up_to_seq > {{ watermark }}

),

found as (

    select
        node_id,
        false as is_restated,
        false as is_parted
    from touched
    union all
    select
        node_id,
        true as is_restated,
        false as is_parted
    from losers
    union all
    select
        node_id,
        true as is_restated,
        true as is_parted
    from parted

),

affected as (

    select
        component.component_id,
        bool_or(found.is_restated) as is_restated,
        bool_or(found.is_parted) as is_parted
    from found
    inner join {{ ref('int_identity__components') }} as component on found.node_id = component.node_id
    {%- if is_whole() %}
    where false
    {%- endif %}
    group by component.component_id

)

select
    node.node_id,
    node.id_type,
    node.id_value,
    node.birth_uuid,
    case when guard.node_id is null then anchor.birth_uuid end as customer_uuid,
    guard.node_id is not null as is_guarded,
    affected.is_restated or node.first_seq > {{ watermark }} as is_restated,
    affected.is_parted,
    affected.is_parted or losers.node_id is not null as is_former
from affected
inner join {{ ref('int_identity__components') }} as component
    on affected.component_id = component.component_id
inner join {{ ref('int_identity__nodes') }} as node on component.node_id = node.node_id
inner join {{ ref('int_identity__nodes') }} as anchor on component.component_id = anchor.node_id
left join {{ ref('int_identity__guards') }} as guard on node.node_id = guard.node_id
left join losers on node.node_id = losers.node_id
-- Another one of the component that was not seen is published as it is.
where affected.is_restated or node.last_seq > {{ watermark }}
