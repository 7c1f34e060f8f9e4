{#- Two indexes carry the nodes: an hour updates tens of thousands of them, and each update that finds its
    page full goes into every index. What others would answer, the numbers do. -#}

{#- Which rows `entry` of the nodes arrived after the watermark. Numbers follow arrival within a class, so they are
    the ones behind the last older node: read from the end of the index, as many entries as have arrived. -#}
{% macro arrived_nodes(watermark) -%}
(
    {%- for first, past in [(0, 1000000000000), (1000000000000, 2000000000000)] %}
    entry.node_id < {{ past }} and entry.node_id > coalesce(
        (
            select node_id
            from {{ ref('int_identity__nodes') }}
            where node_id > {{ first }} and node_id < {{ past }} and first_seq <= {{ watermark }}
            order by node_id desc
            limit 1
        ),
        {{ first }}
    )
    {{- "\n    or" if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}

{#- Join of what the nodes know of an identifier so far; in a rebuild nothing is. -#}
{% macro known_nodes() -%}
left join {% if is_current() -%}
lateral {{ looked_up(this, ['node_id'], {'id_type': 'identifiers.id_type', 'id_value': 'identifiers.id_value'}) }}
    as known on true
{%- else -%}
(select null::bigint as node_id) as known on false
{%- endif -%}
{%- endmacro %}

{#- The last node of each class, by index: max() with a filter would read the whole table. -#}
{% macro youngest_nodes() -%}
{%- if is_current() -%}
(
        (select node_id from {{ this }} where node_id < 1000000000000 order by node_id desc limit 1)
        union all
        (select node_id from {{ this }} where node_id > 1000000000000 order by node_id desc limit 1)
    )
{%- else -%}
(select null::bigint as node_id)
{%- endif -%}
{%- endmacro %}

{#- The uuid of the customer that begins with an identifier; customer_identifier is found by it (an index). -#}
{% macro birth_uuid(row='') -%}
md5('customer|' || {{ row }}id_type || '|' || {{ row }}id_value)::uuid
{%- endmacro %}
