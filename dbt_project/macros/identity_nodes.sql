{#- Two indexes carry the nodes: an hour updates tens of thousands of them, and each update that finds its
    page full goes into every index. What others would answer, the numbers do. -#}

{#- Nodes that arrived after the watermark. Numbers follow arrival within a class, so they are the
    ones behind the last older node: read from the end of the index, as many entries as have arrived. -#}
{% macro arrived_nodes(nodes, watermark) -%}
(
    {%- for first, past in [(0, 1000000000000), (1000000000000, 2000000000000)] %}
    select node_id, id_type, id_value, first_seq
    from {{ nodes }}
    where node_id < {{ past }} and node_id > coalesce(
        (
            select node_id
            from {{ nodes }}
            where node_id > {{ first }} and node_id < {{ past }} and first_seq <= {{ watermark }}
            order by node_id desc
            limit 1
        ),
        {{ first }}
    )
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}

{#- What is known of the identifiers of a step. One arrives several times an hour and is looked up once. -#}
{% macro known_nodes(step) -%}
{%- set columns = ['node_id', 'first_seq', 'first_seen', 'last_seen', 'observations', 'is_verified', 'last_seq'] -%}
{%- set key = {'id_type': 'named.id_type', 'id_value': 'named.id_value'} -%}
(
    select
        named.id_type,
        named.id_value,
        node.{{ columns | join(', node.') }}
    from (select distinct id_type, id_value from {{ step }}) as named
    cross join lateral {{ looked_up(this, columns, key) }} as node
)
{%- endmacro %}

{#- The number of an identifier of an arrival: the one that the delta of the nodes tells, or else looked up
    by its text, which on 10 million identifiers costs several times as much. -#}
{% macro node_id_of(handed, id_type, id_value) -%}
coalesce({{ handed }}.node_id, (
    select node.node_id
    from {{ ref('int_identity__nodes') }} as node
    where node.id_type = {{ id_type }} and node.id_value = {{ id_value }}
))
{%- endmacro %}

{#- The last node of each class, by index: max() with a filter would read the whole table. -#}
{% macro youngest_nodes() -%}
(select node_id from {{ this }} where node_id < 1000000000000 order by node_id desc limit 1)
union all
(select node_id from {{ this }} where node_id > 1000000000000 order by node_id desc limit 1)
{%- endmacro %}

{#- The uuid of the customer that begins with an identifier; customer_identifier is found by it (an index). -#}
{% macro birth_uuid(row='') -%}
md5('customer|' || {{ row }}id_type || '|' || {{ row }}id_value)::uuid
{%- endmacro %}
