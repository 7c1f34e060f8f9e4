-- Identifiers people may share (a phone, an e-mail, a card, a cookie) that this run judges anew: they were
-- seen with somebody new, somebody they were seen with told a new name or, where they are nobody's already,
-- met another identifier, or what somebody met turned out to be nobody's, or mistyped. None in a rebuild.
{{ config(
    delta=true,
    indexes=[{'columns': ['hub_id'], 'unique': true}]
) }}
{%- set watermark = since('identity') %}
{%- set edges, blocked = ref('int_identity__edges'), ref('int_identity__blocked') %}
{%- set people, withdrawn = ref('int_identity__people'), ref('int_identity__withdrawn') %}
{%- set rules = ref('identity_rules') %}
{%- set holders = left_by_last_run('int_identity__holders') %}

{% if is_whole() -%}
select node_id as hub_id from {{ people }}
where false
{%- else -%}
with met as (

    select
        seen.node_id,
        seen.id_type
    from {{ edges }} as edge
    cross join lateral (values (edge.a_id, edge.a_type), (edge.b_id, edge.b_type)) as seen (node_id, id_type)
    where edge.first_seq > {{ watermark }}

),

named as (

    select
        node_id,
        other_id
    from {{ people }}
    where first_seq > {{ watermark }}

),

-- Turned out to be nobody's: it is no evidence any more for those seen with it.
turned as (

    select node_id
    from {{ blocked }}
    where crossed_seq > {{ watermark }}

),

-- Were never seen together, as a correction shows.
parted as (
    {%- for end in ['a', 'b'] %}

    select
        {{ end }}_id as node_id,
        {{ end }}_type as id_type
    from {{ withdrawn }}
    where _seq > {{ watermark }}
    {{ 'union' if not loop.last }}
    {%- endfor %}

),

without_evidence as (

    select node_id from parted
    union
    {%- for mine, other in [('a', 'b'), ('b', 'a')] %}
    {%- set key = {mine ~ '_id': 'turned.node_id'} %}

    select edge.{{ other }}_id as node_id
    from turned
    cross join
        lateral {{ looked_up(edges, [other ~ '_id'], key, unique=false) }} as edge
    {{ 'union' if not loop.last }}
    {%- endfor %}

),

found as (

    select node_id as hub_id
    from met
    where id_type in (select rules.id_type from {{ rules }} as rules)

    union

    select node_id as hub_id
    from parted
    where id_type in (select rules.id_type from {{ rules }} as rules)

    union

    select other_id as hub_id
    from named
    where other_id > 0
    {%- for changed in ['(select node_id from named where other_id = 0)', 'without_evidence'] %}
    {%- for mine, other in [('a', 'b'), ('b', 'a')] %}
    {%- set columns, key = [other ~ '_id', other ~ '_type'], {mine ~ '_id': 'changed.node_id'} %}

    union

    select edge.{{ other }}_id as hub_id
    from {{ changed }} as changed
    cross join
        lateral {{ looked_up(edges, columns, key, unique=false) }} as edge
    where edge.{{ other }}_type in (select rules.id_type from {{ rules }} as rules)
    {%- endfor %}
    {%- endfor %}

    union

    select told_apart.hub_id
    from (select distinct node_id from met) as ends
    cross join
        lateral {{ looked_up(holders, ['hub_id'], {'neighbour_id': 'ends.node_id'}, unique=false) }}
            as told_apart

)

select found.hub_id
from found
left join {{ blocked }} as blocked on found.hub_id = blocked.node_id
where blocked.node_id is null
union
-- The verdict on it, if there was one, is void.
select node_id as hub_id from turned
{%- endif %}
