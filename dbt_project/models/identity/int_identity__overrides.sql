-- What people decided about pairs of identifiers, as node ids. A forced pair counts from the arrival of
-- its younger identifier: a function of data, so that a rebuild gives the same merge log.
{{ config(
    distributed_by='a_id',
    indexes=[{'columns': ['a_id', 'b_id'], 'unique': true}]
) }}

select distinct on (least(a.node_id, b.node_id), greatest(a.node_id, b.node_id))
    least(a.node_id, b.node_id) as a_id,
    greatest(a.node_id, b.node_id) as b_id,
    override.action,
    override.reason,
    greatest(a.first_seq, b.first_seq) as first_seq
from {{ ref('identity_overrides') }} as override
inner join {{ ref('int_identity__nodes') }} as a
    on override.a_type = a.id_type and override.a_value = a.id_value
inner join {{ ref('int_identity__nodes') }} as b
    on override.b_type = b.id_type and override.b_value = b.id_value
where a.node_id <> b.node_id
-- Of contradicting lines the cautious one holds.
order by
    least(a.node_id, b.node_id),
    greatest(a.node_id, b.node_id),
    override.action,
    override.reason
