-- One row per purchase of a known customer with its number among all of theirs.
{{ config(
    key='customer_uuid',
    unique_key='conversion_id',
    follows={'int_journey__conversion_customers': 'customer_uuid'},
    reads={'int_journey__conversion_customers': ['conversion_id', 'customer_uuid', 'at', 'is_purchase']},
    indexes=[{'columns': ['conversion_id'], 'unique': true}, {'columns': ['customer_uuid']}],
) }}

select
    conversion_id,
    customer_uuid,
    row_number() over (partition by customer_uuid order by at, conversion_id)::int as sequence_no
from {{ ref('int_journey__conversion_customers') }}
where is_purchase and customer_uuid is not null
