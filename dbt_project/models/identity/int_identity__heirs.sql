-- The customer with whom the uuid of an identifier that is nobody's goes on: that of the identifier which was
-- the first to be seen with it and is somebody's. One with no such neighbour has no heir.
{{ config(
    materialized='keyed',
    key='node_id',
    unique_key='node_id',
    follows={
        'int_identity__guard_neighbours': 'node_id',
        'customer_identifier': {'through': 'int_identity__guard_neighbours', 'on': {'node_id': 'neighbour_id'}},
    },
    reads={
        'int_identity__guard_neighbours': ['node_id', 'id_type', 'id_value', 'neighbour_id', 'first_seq'],
        'customer_identifier': ['node_id', 'customer_uuid'],
    },
    indexes=[
        {'columns': ['node_id'], 'unique': true},
        {'columns': ['(' ~ birth_uuid() ~ ')'], 'unique': true},
        {'columns': ['customer_uuid']}
    ]
) }}

select distinct on (pairs.node_id)
    pairs.node_id,
    pairs.id_type,
    pairs.id_value,
    identifier.customer_uuid
from {{ ref('int_identity__guard_neighbours') }} as pairs
inner join {{ ref('customer_identifier') }} as identifier on pairs.neighbour_id = identifier.node_id
order by pairs.node_id, pairs.first_seq, pairs.neighbour_id
