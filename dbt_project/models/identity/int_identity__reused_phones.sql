-- Observations of a phone that an account verified at least var phone_reuse_years after its last use by
-- anybody else: an operator gives numbers out again, and what was seen with it before says nothing about its
-- new owner. All of it is known when the confirmation arrives, which is the arrival that withdraws them:
-- later rows change no such verdict. Who comes back is no newcomer: a name or birthday that agrees, or
-- anything both were seen with, shows that.
{{ config(materialized='ephemeral') }}
{#- All of it, by index: what the two were seen with. #}
{%- set history = ref('int_identity__observations').include(database=false) %}

-- The account itself and the former owners, as ends whose company is compared.
with ends as (

    select distinct
        used._seq,
        used.user_id,
        used.phone,
        one.is_new,
        one.id_type,
        one.id_value
    from {{ ref('int_identity__former_uses') }} as used
    cross join
        lateral (
            values (true, 'USER', used.user_id), (false, used.other_type, used.other_value)
        ) as one (is_new, id_type, id_value)

),

company as (

    select * from ends
    union
    select
        ends._seq,
        ends.user_id,
        ends.phone,
        ends.is_new,
        met.id_type,
        met.id_value
    from ends
    cross join
        lateral (
            {%- for mine, other in [('a', 'b'), ('b', 'a')] %}
            select
                one.{{ other }}_type as id_type,
                one.{{ other }}_value as id_value
            from {{ history }} as one
            where
                one.{{ mine }}_type = ends.id_type
                and one.{{ mine }}_value = ends.id_value
                and one.b_value is not null
                and one._seq <= ends._seq
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as met
    where met.id_type <> 'PHONE' or met.id_value <> ends.phone

),

told as (

    select
        ends._seq,
        ends.user_id,
        ends.phone,
        ends.is_new,
        people.person
    from ends
    cross join lateral {{ looked_up(ref('int_identity__nodes'), ['node_id'],
        {'id_type': 'ends.id_type', 'id_value': 'ends.id_value'}) }} as node
    cross join lateral {{ looked_up(ref('int_identity__people'), ['person', 'first_seq'],
        {'node_id': 'node.node_id'}, unique=false) }} as people
    where people.first_seq <= ends._seq

),

returned as (

    select
        mine._seq,
        mine.user_id,
        mine.phone
    from company as mine
    inner join company as theirs
        on
            mine._seq = theirs._seq
            and mine.user_id = theirs.user_id
            and mine.phone = theirs.phone
            and mine.id_type = theirs.id_type
            and mine.id_value = theirs.id_value
    where mine.is_new and not theirs.is_new
    union
    select
        mine._seq,
        mine.user_id,
        mine.phone
    from told as mine
    inner join told as theirs
        on mine._seq = theirs._seq and mine.user_id = theirs.user_id and mine.phone = theirs.phone
    where
        mine.is_new
        and not theirs.is_new
        and {{ this.schema }}.identity_agreement(mine.person, theirs.person) > 0

)

select
    used.order_id,
    used.observed_seq,
    used.rule,
    used.a_type,
    used.a_value,
    used.b_type,
    used.b_value,
    used._seq
from {{ ref('int_identity__former_uses') }} as used
left join returned
    on used._seq = returned._seq and used.user_id = returned.user_id and used.phone = returned.phone
where returned._seq is null
