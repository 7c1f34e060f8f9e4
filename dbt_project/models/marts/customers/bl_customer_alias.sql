-- Where any customer_uuid ever issued leads today. Every customer_uuid is the birth uuid of one of the
-- customer's identifiers, so identifier -> component -> anchor answers it after merges and splits alike.
{{ config(
    distributed_by='alias_uuid',
    indexes=[
        {'columns': ['alias_uuid'], 'unique': true},
        {'columns': ['customer_uuid']}
    ]
) }}

select
    birth_uuid as alias_uuid,
    customer_uuid
from {{ ref('int_identity__members') }}
