-- Which customer an identifier belongs to. Shared and blocked identifiers belong to nobody and are in
-- shared_identifier instead.
{{ config(
    distributed_by='customer_uuid',
    indexes=[
        {'columns': ['id_type', 'id_value'], 'unique': true},
        {'columns': ['customer_uuid']}
    ]
) }}

select
    id_type,
    id_value,
    customer_uuid,
    first_seen,
    last_seen
from {{ ref('int_identity__members') }}
