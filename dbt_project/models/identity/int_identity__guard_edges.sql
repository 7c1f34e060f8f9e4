-- Identifiers that are nobody's, each with every identifier it was seen with. As a contact of those a profile
-- may show a shared phone or e-mail (`is_shown`). Blocked values (placeholders, role mailboxes) say nothing
-- about anyone and are not shown, but a phone of running digits may be somebody's.
{{ config(
    materialized='view',
    changes='int_identity__affected',
    changes_where='rows.is_guarded or rows.is_parted'
) }}
{%- set changes = ref('int_identity__affected') %}
{% for mine, other in [('a', 'b'), ('b', 'a')] %}
select
    guard.node_id,
    node.id_type,
    node.id_value,
    edge.{{ other }}_id as neighbour_id,
    edge.first_seq,
    edge.observations,
    edge.last_seen,
    node.id_type in ('EMAIL', 'PHONE')
    and (guard.counted_type is not null or guard.reason = 'blocklist: running digits') as is_shown
from {{ ref('int_identity__guards') }} as guard
inner join {{ ref('int_identity__nodes') }} as node on guard.node_id = node.node_id
inner join {{ ref('int_identity__edges') }} as edge on guard.node_id = edge.{{ mine }}_id
left join {{ ref('int_identity__overrides') }} as denied
    on edge.a_id = denied.a_id and edge.b_id = denied.b_id and denied.action = 'deny'
where denied.a_id is null
{{ 'union all' if not loop.last }}
{%- endfor %}
