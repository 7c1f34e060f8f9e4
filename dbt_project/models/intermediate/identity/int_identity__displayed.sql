-- The one user, contact, e-mail and phone a profile shows among the several a customer may have:
-- own before shared, verified phone first, then most observations, latest seen, smallest value.
-- A shared phone merges nobody, yet it is still the number to call when the customer has no other.
{{ config(
    distributed_by='customer_uuid',
    indexes=[{'columns': ['customer_uuid'], 'unique': true}]
) }}

with own as (

    select
        customer_uuid,
        id_type,
        id_value,
        true as is_own,
        is_verified,
        observations,
        last_seen
    from {{ ref('int_identity__members') }}
    where id_type in ('USER', 'CONTACT', 'EMAIL', 'PHONE')

),

-- Blocked values (placeholders, role mailboxes) say nothing about anyone and are not shown.
shared_edges as (

    select
        seen.neighbour_id,
        seen.node_id,
        edge.observations,
        edge.last_seen
    from {{ ref('int_identity__edges') }} as edge
    cross join
        lateral (
            values (edge.a_id, edge.b_id), (edge.b_id, edge.a_id)
        ) as seen (node_id, neighbour_id)
    inner join {{ ref('int_identity__guards') }} as guard on seen.node_id = guard.node_id
    where guard.reason = 'limit'

),

shared as (

    select
        member.customer_uuid,
        node.id_type,
        node.id_value,
        false as is_own,
        false as is_verified,
        sum(edge.observations)::bigint as observations,
        max(edge.last_seen) as last_seen
    from shared_edges as edge
    inner join {{ ref('int_identity__nodes') }} as node on edge.node_id = node.node_id
    inner join {{ ref('int_identity__members') }} as member on edge.neighbour_id = member.node_id
    where node.id_type in ('EMAIL', 'PHONE')
    group by member.customer_uuid, node.id_type, node.id_value

),

candidates as (

    select
        customer_uuid,
        id_type,
        id_value,
        is_own,
        is_verified,
        observations,
        last_seen
    from own

    union all

    select
        customer_uuid,
        id_type,
        id_value,
        is_own,
        is_verified,
        observations,
        last_seen
    from shared

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
