-- The links an hourly run has to unite, in arrival order: those of rebuilt components with their nodes, and
-- new ones, whose ends stand for their whole components by the smallest node. What united such a component
-- arrived earlier, so the merge log comes out as in a rebuild. Empty in a rebuild.
{{ config(
    delta=true,
    indexes=[{'columns': ['edge_no'], 'unique': true}]
) }}
{%- set components = left_by_last_run('int_identity__components') %}
{%- set roots = ['null', 'null'] if is_whole() else ['a.component_id', 'b.component_id'] %}
{%- set watermark = since('identity') %}

with rebuilt as (

    select node_id
    from {{ ref('int_identity__rebuilt') }}
    where up_to_seq > {{ watermark }}

),

observed as (

    select
        edge.a_id,
        edge.b_id,
        edge.first_seq
    from {{ ref('int_identity__edges') }} as edge
    where edge.first_seq > {{ watermark }}
    union
    select
        edge.a_id,
        edge.b_id,
        edge.first_seq
    from rebuilt
    inner join {{ ref('int_identity__edges') }} as edge on rebuilt.node_id = edge.a_id
    -- What an identifier of nobody shows to be one person.
    union
    select
        least(holder.neighbour_id, holder.person_id) as a_id,
        greatest(holder.neighbour_id, holder.person_id) as b_id,
        holder.first_seq
    from {{ ref('int_identity__holders') }} as holder
    where holder.first_seq > {{ watermark }} and holder.neighbour_id <> holder.person_id
    union
    select
        least(holder.neighbour_id, holder.person_id) as a_id,
        greatest(holder.neighbour_id, holder.person_id) as b_id,
        holder.first_seq
    from rebuilt
    inner join {{ ref('int_identity__holders') }} as holder on rebuilt.node_id = holder.neighbour_id
    where holder.neighbour_id <> holder.person_id

),

links as (

    select
        *,
        false as is_forced
    from observed
    union all
    select
        override.a_id,
        override.b_id,
        override.first_seq,
        true as is_forced
    from {{ ref('int_identity__overrides') }} as override
    where override.action = 'force'

),

-- A node without a component has just arrived and stands for itself.
placed as (

    select
        links.a_id,
        links.b_id,
        links.first_seq,
        case
            when a_rebuilt.node_id is null then coalesce({{ roots[0] }}, links.a_id)
            else links.a_id
        end as a_root,
        case
            when b_rebuilt.node_id is null then coalesce({{ roots[1] }}, links.b_id)
            else links.b_id
        end as b_root
    from links
    left join {{ ref('int_identity__guards') }} as a_guard on links.a_id = a_guard.node_id
    left join {{ ref('int_identity__guards') }} as b_guard on links.b_id = b_guard.node_id
    left join rebuilt as a_rebuilt on links.a_id = a_rebuilt.node_id
    left join rebuilt as b_rebuilt on links.b_id = b_rebuilt.node_id
    {%- if not is_whole() %}
    {%- for end in ['a', 'b'] %}
    {%- set key = {'node_id': 'links.' ~ end ~ '_id'} %}
    left join lateral {{ looked_up(components, ['component_id'], key) }} as {{ end }} on true
    {%- endfor %}
    {%- endif %}
    left join {{ ref('int_identity__overrides') }} as override
        on links.a_id = override.a_id and links.b_id = override.b_id and not links.is_forced
    where
        a_guard.node_id is null
        and b_guard.node_id is null
        and override.a_id is null
        and {{ 'false' if is_whole() else 'true' }}

)

select
    row_number() over (order by first_seq, a_id, b_id) as edge_no,
    a_id,
    b_id,
    a_root,
    b_root
from placed
where a_root <> b_root
