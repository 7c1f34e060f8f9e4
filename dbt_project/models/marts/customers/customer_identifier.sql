-- Which customer an identifier belongs to. Shared and blocked identifiers belong to nobody and are in
-- shared_identifier instead.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key=['id_type', 'id_value'],
    fillfactor=85,
    pre_hook=[
        "{{ log_uuid_changes() }}",
        "{{ forget_affected({'id_type': 'id_type', 'id_value': 'id_value'}, 'is_guarded') }}"
    ],
    distributed_by='customer_uuid',
    indexes=[
        {'columns': ['id_type', 'id_value'], 'unique': true},
        {'columns': ['customer_uuid']}
    ]
) }}
-- depends_on: {{ ref('customer_uuid_history') }}, {{ ref('int_identity__nodes') }}
-- depends_on: {{ ref('int_identity__affected') }}, {{ ref('int_identity__members') }}

select
    id_type,
    id_value,
    customer_uuid,
    first_seen,
    last_seen
from {{ ref('int_identity__affected' if is_incremental() else 'int_identity__members') }}
where customer_uuid is not null{{ ' and (is_restated or is_seen)' if is_incremental() }}
