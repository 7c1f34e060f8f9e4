-- Which customer an identifier belongs to. Shared and blocked identifiers belong to nobody and are in
-- shared_identifier instead.
{{ config(
    materialized='keyed',
    key='node_id',
    unique_key='node_id',
    follows={'int_identity__members': 'node_id'},
    fillfactor=85,
    pre_hook="{{ keep_customers() }}",
    post_hook="{{ log_uuid_changes() }}",
    hooks_read=['customer_uuid_history', 'int_identity__nodes'],
    indexes=[
        {'columns': ['node_id'], 'unique': true},
        {'columns': ['id_type', 'id_value'], 'unique': true},
        {'columns': ['customer_uuid']},
        {'columns': ['(' ~ birth_uuid() ~ ')'], 'unique': true}
    ]
) }}

select
    members.id_type,
    members.id_value,
    members.customer_uuid,
    members.first_seen,
    members.last_seen,
    members.observations,
    members.is_verified,
    members.node_id
from {{ ref('int_identity__members') }} as members
