-- Which of those seen with a contested identifier are one person: by what they tell of themselves and by the
-- other identifiers they have in common, blocked ones left out.
{{ config(materialized='ephemeral') }}

with
{%- for mine, other in [('a', 'b'), ('b', 'a')] %}
met_as_{{ mine }} as (

    select
        contested.hub_id,
        contested.neighbour_id,
        contested.neighbour_type,
        edge.{{ other }}_id as met_id,
        edge.{{ other }}_type as met_type
    from {{ ref('int_identity__contested') }} as contested
    inner join {{ ref('int_identity__edges') }} as edge on contested.neighbour_id = edge.{{ mine }}_id
    where edge.{{ other }}_id <> contested.hub_id and edge.{{ other }}_type <> 'FUSER'

),
{% endfor %}
met as (

    select * from met_as_a
    union all
    select * from met_as_b

),

companions as (

    select
        met.hub_id,
        met.neighbour_id,
        array_agg(met.met_id) filter (where met.met_type in ('PHONE', 'EMAIL', 'CARD')) as contacts,
        array_agg(met.met_id) filter (
            where met.met_type in ('USER', 'CONTACT') and met.neighbour_type in ('USER', 'CONTACT', 'LEAD')
        ) as records
    from met
    left join {{ ref('int_identity__blocked') }} as blocked on met.met_id = blocked.node_id
    where blocked.node_id is null
    group by met.hub_id, met.neighbour_id

),

gathered as (

    select
        contested.hub_id,
        array_agg(contested.neighbour_id order by contested.first_seq, contested.neighbour_id) as ids,
        array_agg(contested.first_seq order by contested.first_seq, contested.neighbour_id) as seqs,
        array_agg(contested.persons order by contested.first_seq, contested.neighbour_id) as people,
        array_agg(
            coalesce(companions.contacts, '{}')::text order by contested.first_seq, contested.neighbour_id
        ) as contacts,
        array_agg(
            (coalesce(companions.records, '{}') || contested.neighbour_id)::text
            order by contested.first_seq, contested.neighbour_id
        ) as records
    from {{ ref('int_identity__contested') }} as contested
    left join companions
        on contested.hub_id = companions.hub_id and contested.neighbour_id = companions.neighbour_id
    group by contested.hub_id

)

select
    gathered.hub_id,
    one.neighbour_id,
    one.person_id,
    one.opposed_seq
from gathered
cross join
    lateral {{ this.schema }}.identity_persons(
        gathered.ids, gathered.seqs, gathered.people, gathered.contacts, gathered.records
    ) as one
