{#- CTEs of int_identity__blocked: `technical`, the identifiers of int_identity__technical that were seen with
    somebody, since the later of both, even if a correction took that back. One seen alone joins nobody and needs
    no guard. An hour looks at what turned technical and at what was seen with somebody; what is blocked already
    keeps its earlier reason. -#}
{% macro technical_nodes() -%}
{%- set nodes, technical = ref('int_identity__nodes'), ref('int_identity__technical') -%}
{%- set observations = ref('int_identity__observations') -%}
{%- set key = {'id_type': 'named.id_type', 'id_value': 'named.id_value'} -%}
technical_found as (
    {%- if is_incremental() %}

    select
        named.id_type,
        named.id_value,
        named.reason,
        named.first_seq
    from {{ technical }} as named
    where named.first_seq > {{ since('identity') }}

    union
    {%- set by_value = {'id_type': 'seen.id_type', 'id_value': 'seen.id_value'} %}

    select
        seen.id_type,
        seen.id_value,
        named.reason,
        named.first_seq
    from (
        select distinct
            ends.id_type,
            ends.id_value
        from {{ observations }} as observation
        cross join
            lateral (
                values (observation.a_type, observation.a_value), (observation.b_type, observation.b_value)
            ) as ends (id_type, id_value)
        where
            observation._seq > {{ since('identity') }}
            and observation.b_value is not null
            and ends.id_type in ('USER', 'FUSER')
    ) as seen
    cross join lateral {{ looked_up(technical, ['reason', 'first_seq'], by_value) }} as named
    {%- else %}

    select
        named.id_type,
        named.id_value,
        named.reason,
        named.first_seq
    from {{ technical }} as named
    {%- endif %}

),

technical_named as (

    select
        node.node_id,
        named.id_type,
        named.id_value,
        named.reason,
        named.first_seq
    from technical_found as named
    {{ join_by_key(nodes, 'node', ['node_id'], key) }}
    {%- if is_incremental() %}
    left join {{ this }} as known on node.node_id = known.node_id
    where known.node_id is null
    {%- endif %}

),

technical as (

    select
        found.node_id,
        found.reason,
        greatest(found.first_seq, met.first_seq) as crossed_seq
    from technical_named as found
    cross join
        lateral (
            select min(seen._seq) as first_seq
            from (
                select _seq from {{ observations }}
                where a_type = found.id_type and a_value = found.id_value and b_value is not null
                union all
                select _seq from {{ observations }}
                where b_type = found.id_type and b_value = found.id_value
            ) as seen
        ) as met
    where met.first_seq is not null

)
{%- endmacro %}
