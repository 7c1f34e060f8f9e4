-- The customer with whom the uuid of an identifier that is nobody's goes on: that of the identifier which was
-- the first to be seen with it and is somebody's. One with no such neighbour has no heir.
{{ config(
    materialized='keyed',
    key=['id_type', 'id_value'],
    unique_key=['id_type', 'id_value'],
    follows={
        'int_identity__guard_neighbours': ['id_type', 'id_value'],
        'customer_identifier': {
            'through': 'int_identity__guard_neighbours',
            'on': {'id_type': 'neighbour_type', 'id_value': 'neighbour_value'},
        },
    },
    reads={'customer_identifier': ['id_type', 'id_value', 'customer_uuid']},
    distributed_by='id_value',
    indexes=[
        {'columns': ['id_type', 'id_value'], 'unique': true},
        {'columns': ['(' ~ birth_uuid() ~ ')'], 'unique': true},
        {'columns': ['customer_uuid']}
    ]
) }}

select distinct on (pairs.id_type, pairs.id_value)
    pairs.id_type,
    pairs.id_value,
    identifier.customer_uuid
from {{ ref('int_identity__guard_neighbours') }} as pairs
inner join {{ ref('customer_identifier') }} as identifier
    on pairs.neighbour_type = identifier.id_type and pairs.neighbour_value = identifier.id_value
order by pairs.id_type, pairs.id_value, pairs.first_seq, pairs.neighbour_id
