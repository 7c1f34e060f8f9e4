-- What a profile may show of each identifier: itself, or a phone or e-mail it was seen with that is shared.
-- Blocked values (placeholders, role mailboxes) say nothing about anyone and are not shown, but a phone of
-- running digits may be somebody's.
{{ config(materialized='view', changes='int_identity__affected') }}
{%- set changes = ref('int_identity__affected') %}

select
    node.id_type,
    node.id_value,
    contact.*
from {{ ref('int_identity__nodes') }} as node
cross join lateral (
    select
        node.id_type as shown_type,
        node.id_value as shown_value,
        true as is_own,
        node.is_verified,
        node.observations,
        node.last_seen
    where node.id_type in ('USER', 'CONTACT', 'EMAIL', 'PHONE')
    {%- for mine, other in [('a', 'b'), ('b', 'a')] %}
    union all
    select
        shared.id_type as shown_type,
        shared.id_value as shown_value,
        false as is_own,
        false as is_verified,
        edge.observations,
        edge.last_seen
    from {{ ref('int_identity__edges') }} as edge
    inner join {{ ref('int_identity__guards') }} as guard on edge.{{ other }}_id = guard.node_id
    inner join {{ ref('int_identity__nodes') }} as shared on guard.node_id = shared.node_id
    left join {{ ref('int_identity__overrides') }} as denied
        on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
    where
        edge.{{ mine }}_id = node.node_id
        and (guard.counted_type is not null or guard.reason = 'blocklist: running digits')
        and shared.id_type in ('EMAIL', 'PHONE')
        and denied.a_id is null
    {%- endfor %}
) as contact
