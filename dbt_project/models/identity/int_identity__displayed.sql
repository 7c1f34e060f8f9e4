-- The one user, contact, e-mail and phone a profile shows among the several a customer may have:
-- own before shared, verified phone first, then most observations, latest seen, smallest value.
-- A shared phone merges nobody, yet it is still the number to call when the customer has no other.
{{ config(
    materialized='keyed',
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={
        'customer_identifier': 'customer_uuid',
        'int_identity__contacts': {
            'through': 'customer_identifier', 'on': {'id_type': 'id_type', 'id_value': 'id_value'},
        },
    },
    reads={'customer_identifier': ['id_type', 'id_value', 'customer_uuid']},
    distributed_by='customer_uuid',
    indexes=[{'columns': ['customer_uuid'], 'unique': true}]
) }}

with candidates as (

    select
        identifier.customer_uuid,
        contacts.shown_type as id_type,
        contacts.shown_value as id_value,
        bool_or(contacts.is_own) as is_own,
        bool_or(contacts.is_verified) as is_verified,
        sum(contacts.observations)::bigint as observations,
        max(contacts.last_seen) as last_seen
    from {{ ref('customer_identifier') }} as identifier
    inner join {{ ref('int_identity__contacts') }} as contacts
        on identifier.id_type = contacts.id_type and identifier.id_value = contacts.id_value
    group by identifier.customer_uuid, contacts.shown_type, contacts.shown_value

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
