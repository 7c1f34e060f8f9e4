-- What a profile may show of each identifier: itself, or a phone or e-mail it was seen with that is shared.
-- Blocked values (placeholders, role mailboxes) say nothing about anyone and are not shown, but a phone of
-- running digits may be somebody's.
{{ config(materialized='view', changes='int_identity__affected') }}
{%- set changes = ref('int_identity__affected') %}

select
    node.id_type,
    node.id_value,
    node.id_type as shown_type,
    node.id_value as shown_value,
    true as is_own,
    node.is_verified,
    node.observations,
    node.last_seen
from {{ ref('int_identity__nodes') }} as node
where node.id_type in ('USER', 'CONTACT', 'EMAIL', 'PHONE')
{%- for mine, other in [('a', 'b'), ('b', 'a')] %}

union all

select
    node.id_type,
    node.id_value,
    shared.id_type as shown_type,
    shared.id_value as shown_value,
    false as is_own,
    false as is_verified,
    edge.observations,
    edge.last_seen
from {{ ref('int_identity__nodes') }} as node
inner join {{ ref('int_identity__edges') }} as edge on node.node_id = edge.{{ mine }}_id
inner join {{ ref('int_identity__guards') }} as guard
    on
        edge.{{ other }}_id = guard.node_id
        and (guard.counted_type is not null or guard.reason = 'blocklist: running digits')
inner join {{ ref('int_identity__nodes') }} as shared
    on guard.node_id = shared.node_id and shared.id_type in ('EMAIL', 'PHONE')
left join {{ ref('int_identity__overrides') }} as denied
    on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
where denied.a_id is null
{%- endfor %}
