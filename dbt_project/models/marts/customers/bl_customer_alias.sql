-- Where any customer_uuid ever issued leads today. Every customer_uuid is the birth uuid of one of the
-- customer's identifiers, so identifier -> component -> anchor answers it after merges and splits alike.
-- An anchor that became shared (a cookie, a card) is nobody's; its uuid goes on with the identifier that
-- was the first to be seen with it and is not guarded itself. One with no such neighbour leads nowhere.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='alias_uuid',
    pre_hook="{{ forget_heirs() }}",
    distributed_by='alias_uuid',
    indexes=[
        {'columns': ['alias_uuid'], 'unique': true},
        {'columns': ['customer_uuid']}
    ]
) }}
-- depends_on: {{ ref('int_identity__affected') }}, {{ ref('int_identity__members') }}
{%- set published = looked_up(this, ['customer_uuid'], {'alias_uuid': 'aliases.alias_uuid'}) %}

with
{%- if is_incremental() %} guarded as (

    {{ restated_guards() }}

),
{%- else %} guarded as (

    select node_id from {{ ref('int_identity__guards') }}

),
{%- endif %}

neighbours as (
    {%- for mine, other in [('a', 'b'), ('b', 'a')] %}

    select
        guarded.node_id,
        edge.{{ other }}_id as neighbour_id,
        edge.first_seq
    from guarded
    inner join {{ ref('int_identity__edges') }} as edge on guarded.node_id = edge.{{ mine }}_id
    left join {{ ref('int_identity__guards') }} as guard on edge.{{ other }}_id = guard.node_id
    left join {{ ref('int_identity__overrides') }} as denied
        on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
    where guard.node_id is null and denied.a_id is null
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

heirs as (

    select distinct on (node_id)
        node_id,
        neighbour_id
    from neighbours
    order by node_id, first_seq, neighbour_id

),

aliases as (

    select
        birth_uuid as alias_uuid,
        customer_uuid
    from {{ ref('int_identity__affected' if is_incremental() else 'int_identity__members') }}
    where customer_uuid is not null{{ ' and is_restated' if is_incremental() }}

    union all

    select
        node.birth_uuid as alias_uuid,
        anchor.birth_uuid as customer_uuid
    from heirs
    inner join {{ ref('int_identity__nodes') }} as node on heirs.node_id = node.node_id
    inner join {{ ref('int_identity__components') }} as component on heirs.neighbour_id = component.node_id
    inner join {{ ref('int_identity__nodes') }} as anchor on component.component_id = anchor.node_id

)

select
    aliases.alias_uuid,
    aliases.customer_uuid
from aliases
{% if is_incremental() -%}
-- Of a merged customer's identifiers most lead where they led: to look is cheaper than to write.
left join lateral {{ published }} as published on true
where aliases.customer_uuid is distinct from published.customer_uuid
{%- endif %}
