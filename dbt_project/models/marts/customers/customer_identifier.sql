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
{%- set key = {'id_type': 'affected.id_type', 'id_value': 'affected.id_value'} %}
{%- set published = looked_up(this, ['customer_uuid'], key) %}

select
    id_type,
    id_value,
    customer_uuid,
    first_seen,
    last_seen
from {{ ref('int_identity__affected' if is_incremental() else 'int_identity__members') }}
{%- if is_incremental() %}
where is_seen and customer_uuid is not null

union all

-- What was not seen can have changed its customer alone, and of a merged customer's identifiers few did.
select
    affected.id_type,
    affected.id_value,
    affected.customer_uuid,
    affected.first_seen,
    affected.last_seen
from {{ ref('int_identity__affected') }} as affected
left join lateral {{ published }} as published on true
where
    affected.customer_uuid is not null
    and affected.is_restated
    and not affected.is_seen
    and affected.customer_uuid is distinct from published.customer_uuid
{%- else %}
where customer_uuid is not null
{%- endif %}
