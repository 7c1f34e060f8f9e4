-- Which customer an identifier belongs to. Shared and blocked identifiers belong to nobody and are in
-- shared_identifier instead.
{{ config(
    materialized='keyed',
    key=['id_type', 'id_value'],
    unique_key=['id_type', 'id_value'],
    follows={'int_identity__members': ['id_type', 'id_value']},
    pre_hook="{{ keep_customers() }}",
    post_hook="{{ log_uuid_changes() }}",
    hooks_read=['customer_uuid_history', 'int_identity__nodes'],
    distributed_by='customer_uuid',
    indexes=[
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
    members.last_seen
from {{ ref('int_identity__members') }} as members
