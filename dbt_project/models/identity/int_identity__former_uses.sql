-- Uses of a phone by anybody but the account that confirmed it, all known when the confirmation arrived and
-- all at least var phone_reuse_years before it.
{{ config(materialized='ephemeral') }}
{%- set years = var('phone_reuse_years') | int %}
{#- All of it, by index: what an hour's confirmations are compared with. #}
{%- set history = ref('int_identity__observations').include(database=false) %}

with confirmed as (

    select
        _seq,
        a_value as user_id,
        b_value as phone,
        observed_at
    from {{ ref('int_identity__observations') }}
    where
        rule = 'site_user_verified_phone'
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
        bool_and(
            coalesce(seen.observed_at <= confirmed.observed_at - interval '{{ years }} years', false)
        ) over (partition by confirmed._seq, confirmed.user_id, confirmed.phone) as is_past
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
            from {{ history }} as one
            where
                one.{{ mine }}_type = 'PHONE'
                and one.{{ mine }}_value = confirmed.phone
                and one.b_value is not null
                and one._seq < confirmed._seq
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as seen
    where seen.other_type <> 'USER' or seen.other_value <> confirmed.user_id

)

select
    _seq,
    user_id,
    phone,
    observed_seq,
    order_id,
    rule,
    a_type,
    a_value,
    b_type,
    b_value,
    other_type,
    other_value
from used
where is_past
