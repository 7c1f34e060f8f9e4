-- The one user, contact, e-mail and phone a profile shows among the several a customer may have:
-- own before shared, verified phone first, then most observations, latest seen, smallest value.
-- A shared phone merges nobody, yet it is still the number to call when the customer has no other.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='customer_uuid',
    fillfactor=85,
    distributed_by='customer_uuid',
    progress='marts',
    pre_hook="{{ forget_affected({'customer_uuid': 'birth_uuid'}, 'is_former') }}",
    indexes=[{'columns': ['customer_uuid'], 'unique': true}]
) }}
-- depends_on: {{ ref('int_identity__affected') }}, {{ ref('int_identity__members') }}

with members as (

    select
        node_id,
        customer_uuid,
        id_type,
        id_value,
        is_verified,
        observations,
        last_seen
    from {{ ref('int_identity__affected' if is_incremental() else 'int_identity__members') }}
    where customer_uuid is not null

),

own as (

    select
        customer_uuid,
        id_type,
        id_value,
        true as is_own,
        is_verified,
        observations,
        last_seen
    from members
    where id_type in ('USER', 'CONTACT', 'EMAIL', 'PHONE')

),

-- Blocked values (placeholders, role mailboxes) say nothing about anyone and are not shown, but a phone of
-- running digits may be somebody's.
shared_edges as (
    {%- for mine, other in [('a', 'b'), ('b', 'a')] %}

    select
        members.customer_uuid,
        edge.{{ other }}_id as node_id,
        edge.observations,
        edge.last_seen
    from members
    inner join {{ ref('int_identity__edges') }} as edge on members.node_id = edge.{{ mine }}_id
    inner join {{ ref('int_identity__guards') }} as guard
        on
            edge.{{ other }}_id = guard.node_id
            and (guard.counted_type is not null or guard.reason = 'blocklist: running digits')
    left join {{ ref('int_identity__overrides') }} as denied
        on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
    where denied.a_id is null
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

shared as (

    select
        edge.customer_uuid,
        node.id_type,
        node.id_value,
        false as is_own,
        false as is_verified,
        sum(edge.observations)::bigint as observations,
        max(edge.last_seen) as last_seen
    from shared_edges as edge
    inner join {{ ref('int_identity__nodes') }} as node on edge.node_id = node.node_id
    where node.id_type in ('EMAIL', 'PHONE')
    group by edge.customer_uuid, node.id_type, node.id_value

),

candidates as (

    select * from own
    union all
    select * from shared

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
