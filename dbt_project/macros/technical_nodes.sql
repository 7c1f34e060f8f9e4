{#- CTEs of int_identity__blocked: `technical`, the identifiers of int_identity__technical that were seen with
    somebody, since the later of both. One seen alone joins nobody and needs no guard. An hour looks at what
    turned technical and at what got a link; what is blocked already keeps its earlier reason. -#}
{% macro technical_nodes() -%}
{%- set nodes, technical = ref('int_identity__nodes'), ref('int_identity__technical') -%}
{%- set key = {'id_type': 'named.id_type', 'id_value': 'named.id_value'} -%}
technical_found as (
    {%- if is_incremental() %}

    select
        node.node_id,
        named.reason,
        named.first_seq
    from {{ technical }} as named
    cross join lateral {{ looked_up(nodes, ['node_id'], key) }} as node
    where named.first_seq > {{ since('identity') }}

    union
    {%- set of_end = {'node_id': 'seen.node_id'} %}
    {%- set by_value = {'id_type': 'node.id_type', 'id_value': 'node.id_value'} %}

    select
        seen.node_id,
        named.reason,
        named.first_seq
    from {{ ref('int_identity__edges') }} as edge
    cross join lateral (values (edge.a_id, edge.a_type), (edge.b_id, edge.b_type)) as seen (node_id, id_type)
    cross join lateral {{ looked_up(nodes, ['id_type', 'id_value'], of_end) }} as node
    cross join lateral {{ looked_up(technical, ['reason', 'first_seq'], by_value) }} as named
    where edge.first_seq > {{ since('identity') }} and seen.id_type in ('USER', 'FUSER')
    {%- else %}

    select
        node.node_id,
        named.reason,
        named.first_seq
    from {{ technical }} as named
    inner join {{ nodes }} as node on named.id_type = node.id_type and named.id_value = node.id_value
    {%- endif %}

),

technical as (

    select
        found.node_id,
        found.reason,
        greatest(found.first_seq, met.first_seq) as crossed_seq
    from technical_found as found
    cross join
        lateral (
            select min(edge.first_seq) as first_seq
            from (
                select first_seq from {{ ref('int_identity__edges') }}
                where a_id = found.node_id
                union all
                select first_seq from {{ ref('int_identity__edges') }}
                where b_id = found.node_id
            ) as edge
        ) as met
    {%- if is_incremental() %}
    left join {{ this }} as known on found.node_id = known.node_id
    {%- endif %}
    where met.first_seq is not null{{ ' and known.node_id is null' if is_incremental() }}

)
{%- endmacro %}
