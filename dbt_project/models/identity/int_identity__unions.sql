-- What this run unites: nodes that lose their root to an older one, in the order in which evidence
-- arrived. A rebuild takes all accepted edges. An hourly run takes a mini graph: components that may
-- have lost an edge with all their nodes and edges, every other component as one super-node, its
-- smallest node, with its new edges alone. What united that one arrived earlier, so the result is the same.
{{ config(
    delta=true,
    pre_hook="{{ create_identity_union_find(this.schema) }}",
    indexes=[{'columns': ['node_id'], 'unique': true}]
) }}
{%- set mini_graph, taken_apart = ref('int_identity__mini_graph'), ref('int_identity__rebuilt') %}

with
{%- if is_whole() %} last_ids as (

    select
        coalesce(max(node_id) filter (where node_id < 1000000000000), 0) as entity,
        coalesce(max(node_id) filter (where node_id > 1000000000000), 1000000000000) as contact_value
    from {{ ref('int_identity__nodes') }}

),

-- Dense numbers: class 0 keeps its rank, class 1 follows after the last of class 0.
numbered as (

    select
        {%- for end in ['a', 'b'] %}
        case
            when edge.{{ end }}_id <= last_ids.entity then edge.{{ end }}_id
            else edge.{{ end }}_id - 1000000000000 + last_ids.entity
        end::integer as {{ end }}_number,
        {%- endfor %}
        edge.first_seq
    from {{ ref('int_identity__accepted_edges') }} as edge
    cross join last_ids
    order by edge.first_seq, edge.a_id, edge.b_id

),

edges as (

    select
        array_agg(a_number) as a,
        array_agg(b_number) as b
    from numbered

)

select
    {%- for column, number in [
        ('node_id', 'loser'), ('component_id', 'root'), ('winner_id', 'winner'), ('a_id', 'a_end'), ('b_id', 'b_end')
    ] %}
    case
        when unions.{{ number }} <= last_ids.entity then unions.{{ number }}
        else unions.{{ number }} - last_ids.entity + 1000000000000
    end as {{ column }},
    {%- endfor %}
    true as is_rebuilt
from edges
cross join last_ids
cross join
    lateral {{ this.schema }}.identity_union_find(
        edges.a,
        edges.b,
        (last_ids.entity + last_ids.contact_value - 1000000000000)::integer
    ) as unions
{%- else %} rebuilt as (

    select node_id
    from {{ taken_apart }}
    where up_to_seq > {{ since('identity') }}

),

ends as (

    select
        mini_graph.edge_no,
        mini_graph.a_id,
        mini_graph.b_id,
        roots.is_a,
        roots.node_id,
        dense_rank() over (order by roots.node_id)::integer as number
    from {{ mini_graph }} as mini_graph
    cross join
        lateral (
            values (true, mini_graph.a_root), (false, mini_graph.b_root)
        ) as roots (is_a, node_id)

),

-- Arrays both ways: what a join would look up, an index into them gives whatever the planner expects.
edges as (

    select
        array_agg(number order by edge_no) filter (where is_a) as a,
        array_agg(number order by edge_no) filter (where not is_a) as b,
        array_agg(a_id order by edge_no) filter (where is_a) as a_ids,
        array_agg(b_id order by edge_no) filter (where is_a) as b_ids,
        array_agg(distinct node_id order by node_id) as node_ids,
        coalesce(max(number), 0) as nodes
    from ends

),

united as materialized (

    select
        edges.node_ids[unions.loser] as node_id,
        edges.node_ids[unions.root] as component_id,
        edges.node_ids[unions.winner] as winner_id,
        edges.a_ids[unions.edge_no] as a_id,
        edges.b_ids[unions.edge_no] as b_id
    from edges
    cross join lateral {{ this.schema }}.identity_union_find(edges.a, edges.b, edges.nodes) as unions

)

select
    coalesce(united.node_id, rebuilt.node_id) as node_id,
    coalesce(united.component_id, rebuilt.node_id) as component_id,
    united.winner_id,
    united.a_id,
    united.b_id,
    rebuilt.node_id is not null as is_rebuilt
from united
full outer join rebuilt on united.node_id = rebuilt.node_id
{%- endif %}
