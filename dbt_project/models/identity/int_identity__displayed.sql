-- The one user, contact, e-mail and phone a profile shows among the several a customer may have:
-- own before shared, verified phone first, then most observations, latest seen, smallest value.
-- A shared phone merges nobody, yet it is still the number to call when the customer has no other.
{{ config(
    materialized='keyed',
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={
        'customer_identifier': 'customer_uuid',
        'int_identity__guard_neighbours': {'through': 'customer_identifier', 'on': {'neighbour_id': 'node_id'}},
    },
    reads={
        'customer_identifier': [
            'node_id', 'customer_uuid', 'id_type', 'id_value', 'observations', 'is_verified', 'last_seen',
        ],
        'int_identity__guard_neighbours': [
            'node_id', 'id_type', 'id_value', 'neighbour_id', 'observations', 'last_seen', 'is_shown',
        ],
    },
    fillfactor=85,
    indexes=[{'columns': ['customer_uuid'], 'unique': true}]
) }}

with candidates as (

    select
        own.customer_uuid,
        own.id_type,
        own.id_value,
        true as is_own,
        own.is_verified,
        own.observations,
        own.last_seen
    from {{ ref('customer_identifier') }} as own
    where own.id_type in ('USER', 'CONTACT', 'EMAIL', 'PHONE')

    union all

    select
        identifier.customer_uuid,
        shared.id_type,
        shared.id_value,
        false as is_own,
        false as is_verified,
        sum(shared.observations)::bigint as observations,
        max(shared.last_seen) as last_seen
    from {{ ref('customer_identifier') }} as identifier
    inner join {{ ref('int_identity__guard_neighbours') }} as shared
        on identifier.node_id = shared.neighbour_id and shared.is_shown
    group by identifier.customer_uuid, shared.id_type, shared.id_value

),

ranked as (

    select
        customer_uuid,
        id_type,
        id_value,
        row_number() over (
            partition by customer_uuid, id_type
            order by
                is_own desc,
                is_verified desc,
                observations desc,
                last_seen desc nulls last,
                case when id_type in ('USER', 'CONTACT') then id_value::bigint end,
                id_value collate "C"
        ) as preference
    from candidates

)

select
    customer_uuid,
    max(id_value) filter (where id_type = 'USER')::bigint as user_id,
    max(id_value) filter (where id_type = 'CONTACT')::bigint as crm_contact_id,
    max(id_value) filter (where id_type = 'EMAIL') as email,
    max(id_value) filter (where id_type = 'PHONE') as phone
from ranked
where preference = 1
group by customer_uuid
