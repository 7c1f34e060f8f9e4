{#- CTEs of int_identity__withdrawn: `reused`, the observations of a phone that an account verified at least var
    phone_reuse_years after its last use by anybody else: an operator gives numbers out again, and what was seen
    with it before says nothing about its new owner. All of it is known when the confirmation arrives, which is
    the arrival that withdraws them: later rows change no such verdict.

    Who comes back is no newcomer: a name or birthday that agrees, or anything both were seen with, shows that. -#}
{% macro reused_phones() -%}
{%- set observations, people = ref('int_identity__observations'), ref('int_identity__people') -%}
{%- set years = var('phone_reuse_years') | int -%}
confirmed as (

    select
        _seq,
        a_value as user_id,
        b_value as phone,
        observed_at
    from {{ observations }}
    where
        _seq > {{ since('identity') }}
        and rule = 'site_user_verified_phone'
        and {{ 'true' if years else 'false' }}

),

used as (

    select
        confirmed._seq,
        confirmed.user_id,
        confirmed.phone,
        seen.observed_seq,
        seen.order_id,
        seen.rule,
        seen.a_type,
        seen.a_value,
        seen.b_type,
        seen.b_value,
        seen.other_type,
        seen.other_value,
        bool_and(coalesce(seen.observed_at <= confirmed.observed_at - interval '{{ years }} years', false)) over (
            partition by confirmed._seq, confirmed.user_id, confirmed.phone
        ) as is_past
    from confirmed
    cross join
        lateral (
            {%- for mine, other in [('a', 'b'), ('b', 'a')] %}
            select
                one._seq as observed_seq,
                one.order_id,
                one.rule,
                one.a_type,
                one.a_value,
                one.b_type,
                one.b_value,
                one.observed_at,
                one.{{ other }}_type as other_type,
                one.{{ other }}_value as other_value
            from {{ observations }} as one
            where
                one.{{ mine }}_type = 'PHONE'
                and one.{{ mine }}_value = confirmed.phone
                and one.b_value is not null
                and one._seq < confirmed._seq
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as seen
    where seen.other_type <> 'USER' or seen.other_value <> confirmed.user_id

),

past as (

    select distinct
        _seq,
        user_id,
        phone,
        other_type,
        other_value
    from used
    where is_past

),

-- The account itself and the former owners, as ends whose company is compared.
ends as (

    select distinct _seq, user_id, phone, 'USER' as id_type, user_id as id_value, true as is_new
    from past
    union all
    select _seq, user_id, phone, other_type, other_value, false as is_new
    from past

),

company as (

    select ends._seq, ends.user_id, ends.phone, ends.is_new, ends.id_type, ends.id_value
    from ends
    union
    select ends._seq, ends.user_id, ends.phone, ends.is_new, met.id_type, met.id_value
    from ends
    cross join
        lateral (
            {%- for mine, other in [('a', 'b'), ('b', 'a')] %}
            select one.{{ other }}_type as id_type, one.{{ other }}_value as id_value
            from {{ observations }} as one
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

    select ends._seq, ends.user_id, ends.phone, ends.is_new, people.person
    from ends
    {{ join_by_key(ref('int_identity__nodes'), 'node', ['node_id'],
        {'id_type': 'ends.id_type', 'id_value': 'ends.id_value'}) }}
    {{ join_by_key(people, 'people', ['person', 'first_seq'], {'node_id': 'node.node_id'}, unique=false) }}
    where people.first_seq <= ends._seq

),

returned as (

    select mine._seq, mine.user_id, mine.phone
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
    select mine._seq, mine.user_id, mine.phone
    from told as mine
    inner join told as theirs
        on mine._seq = theirs._seq and mine.user_id = theirs.user_id and mine.phone = theirs.phone
    where
        mine.is_new
        and not theirs.is_new
        and {{ this.schema }}.identity_agreement(mine.person, theirs.person) > 0

),

reused as (

    select
        used.order_id,
        used.observed_seq,
        used.rule,
        used.a_type,
        used.a_value,
        used.b_type,
        used.b_value,
        used._seq
    from used
    left join returned
        on used._seq = returned._seq and used.user_id = returned.user_id and used.phone = returned.phone
    where used.is_past and returned._seq is null

)
{%- endmacro %}
