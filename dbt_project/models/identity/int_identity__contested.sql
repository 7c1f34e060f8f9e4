-- All that was seen with an identifier whose holders have to be told apart: it has more neighbours of a type
-- than identity_rules allow one person, or they tell more than one person.
{%- set has_limit = "entry.%s_type in (select rules.id_type from {{ ref('identity_rules') }} as rules)" %}
{{ config(
    materialized='keyed',
    key='hub_id',
    unique_key=['hub_id', 'neighbour_id'],
    follows={
        'int_identity__edges': [
            {'by': {'hub_id': 'a_id'}, 'when': has_limit % 'a'},
            {'by': {'hub_id': 'b_id'}, 'when': has_limit % 'b'},
        ],
        'int_identity__people': [
            {'through': 'int_identity__edges', 'on': 'entry.node_id = via.a_id and entry.other_id in (0, via.b_id)'},
            {'through': 'int_identity__edges', 'on': 'entry.node_id = via.b_id and entry.other_id in (0, via.a_id)'},
        ],
        'int_identity__blocked': 'node_id',
        'int_identity__overrides': [{'by': {'hub_id': 'a_id'}}, {'by': {'hub_id': 'b_id'}}],
    },
    reads={
        'int_identity__edges': ['a_id', 'b_id', 'a_type', 'b_type', 'first_seq', 'first_observed_at'],
    },
    reads_as_rule=['identity_rules'],
    indexes=[{'columns': ['hub_id', 'neighbour_id'], 'unique': true}, {'columns': ['neighbour_id']}]
) }}

with {% for mine, other in [('a', 'b'), ('b', 'a')] %}
neighbours_of_{{ mine }} as (

    select
        edge.{{ mine }}_id as hub_id,
        edge.{{ mine }}_type as hub_type,
        edge.{{ other }}_id as neighbour_id,
        edge.{{ other }}_type as neighbour_type,
        edge.first_seq,
        edge.first_observed_at
    from {{ ref('int_identity__edges') }} as edge
    left join {{ ref('int_identity__blocked') }} as blocked on edge.{{ mine }}_id = blocked.node_id
    left join {{ ref('int_identity__overrides') }} as denied
        on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
    where
        blocked.node_id is null
        and denied.a_id is null
        and edge.{{ mine }}_type in (select rules.id_type from {{ ref('identity_rules') }} as rules)

),
{% endfor %}
neighbours as (

    select * from neighbours_of_a
    union all
    select * from neighbours_of_b

),

counted as (

    select
        neighbours.*,
        rules.max_distinct,
        count(*) over (partition by neighbours.hub_id) as degree,
        count(*) over (partition by neighbours.hub_id, neighbours.neighbour_type) as of_type
    from neighbours
    left join {{ ref('identity_rules') }} as rules
        on neighbours.hub_type = rules.id_type and neighbours.neighbour_type = rules.counted_type

),
{% for alias, other in [('own', '0'), ('given', 'counted.hub_id')] %}
{{ alias }} as (

    select
        counted.hub_id,
        counted.neighbour_id,
        string_agg(people.person, chr(10) order by people.first_seq) as persons
    from counted
    inner join {{ ref('int_identity__people') }} as people
        on counted.neighbour_id = people.node_id and {{ other }} = people.other_id
    where counted.degree > 1
    group by counted.hub_id, counted.neighbour_id

),
{% endfor %}
-- What somebody tells of themselves comes before the name in an order, which may be that of who receives it.
told as (

    select
        counted.*,
        coalesce(own.persons, given.persons) as persons
    from counted
    left join own on counted.hub_id = own.hub_id and counted.neighbour_id = own.neighbour_id
    left join given on counted.hub_id = given.hub_id and counted.neighbour_id = given.neighbour_id
    where counted.degree > 1

),

weighed as (

    select
        *,
        bool_or(of_type > max_distinct) over (partition by hub_id) as is_over,
        min(persons collate "C") over (partition by hub_id) as first_told,
        max(persons collate "C") over (partition by hub_id) as last_told
    from told

)

select
    hub_id,
    neighbour_id,
    neighbour_type,
    max_distinct,
    first_seq,
    first_observed_at,
    persons
from weighed
where is_over or first_told <> last_told
