-- One row per customer of whom anything is known about consent to letters: when they agreed, when they
-- left, and which of their addresses take no letters. A person who leaves at one address has left; one who
-- agrees later, at any, is back.
{{ config(
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={
        'customer_identifier': 'customer_uuid',
        'int_customers__consent_signs': {
            'through': 'customer_identifier', 'on': {'id_type': 'id_type', 'id_value': 'id_value'},
        },
    },
    reads={'customer_identifier': ['id_type', 'id_value', 'customer_uuid']},
    indexes=[{'columns': ['customer_uuid'], 'unique': true}],
) }}

with signs as (
    select
        owners.customer_uuid,
        signs.says,
        signs.told_by,
        signs.id_value,
        signs.at,
        max(signs.at) filter (where signs.says = 'agreed')
            over (partition by owners.customer_uuid)
            as agreed_at
    from {{ ref('int_customers__consent_signs') }} as signs
    inner join {{ ref('customer_identifier') }} as owners
        on signs.id_type = owners.id_type and signs.id_value = owners.id_value
),

-- A refusal of unknown time counts, as does every one of those who never agreed.
judged as (
    select
        *,
        says = 'refused' and (at is null or agreed_at is null or at >= agreed_at) as is_refusal
    from signs
)

select
    customer_uuid,
    bool_or(says = 'agreed') as has_agreed,
    max(agreed_at) as agreed_at,
    (array_agg(told_by order by at desc nulls last, told_by asc) filter (where says = 'agreed'))[1]
        as agreed_in,
    bool_or(is_refusal) as has_refused,
    -- The first since they agreed: later ones repeat it, as at each campaign that was not sent to them.
    min(at) filter (where is_refusal) as refused_at,
    (array_agg(told_by order by at asc nulls last, told_by asc) filter (where is_refusal))[1] as refused_in,
    coalesce(array_agg(distinct id_value) filter (where says = 'dead'), '{}') as dead_addresses,
    max(at) filter (where says = 'dead') as dead_at
from judged
group by customer_uuid
