-- One row per customer whose region is known: that of their last conversion that tells one.
{{ config(
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={'int_journey__conversion_customers': 'customer_uuid'},
    reads={'int_journey__conversion_customers': ['conversion_id', 'customer_uuid', 'at', 'region']},
    indexes=[{'columns': ['customer_uuid'], 'unique': true}],
) }}

select
    customer_uuid,
    (array_agg(region order by at desc, conversion_id desc))[1] as region
from {{ ref('int_journey__conversion_customers') }}
where customer_uuid is not null and region is not null
group by customer_uuid
