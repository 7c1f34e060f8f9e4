-- What people decided about pairs of identifiers, as node ids. A forced pair counts from the arrival of
-- its younger identifier: a function of data, so that a rebuild gives the same merge log.
{{ config(
    materialized='arrivals',
    arrives_by='first_seq',
    unique_key=['a_id', 'b_id'],
    follows={},
    looks_up=['int_identity__nodes'],
    reads_as_rule=['identity_overrides'],
    indexes=[{'columns': ['a_id', 'b_id'], 'unique': true}, {'columns': ['b_id']}, {'columns': ['first_seq']}]
) }}
{%- set nodes, columns = ref('int_identity__nodes'), ['node_id', 'first_seq'] %}
{%- set a = looked_up(nodes, columns, {'id_type': 'override.a_type', 'id_value': 'override.a_value'}) %}
{%- set b = looked_up(nodes, columns, {'id_type': 'override.b_type', 'id_value': 'override.b_value'}) %}

select distinct on (least(a.node_id, b.node_id), greatest(a.node_id, b.node_id))
    least(a.node_id, b.node_id) as a_id,
    greatest(a.node_id, b.node_id) as b_id,
    override.action,
    override.reason,
    greatest(a.first_seq, b.first_seq) as first_seq
from {{ ref('identity_overrides') }} as override
cross join lateral {{ a }} as a
cross join lateral {{ b }} as b
where a.node_id <> b.node_id
-- Of contradicting lines the cautious one holds.
order by
    least(a.node_id, b.node_id),
    greatest(a.node_id, b.node_id),
    override.action,
    override.reason
