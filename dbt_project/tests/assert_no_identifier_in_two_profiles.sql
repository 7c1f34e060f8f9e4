-- One identifier, one customer, and every customer it names has a profile that counts it.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'bl_customer_profile'}}}) }}

with counted as (

    select
        customer_uuid,
        count(*) as identifiers
    from {{ ref('customer_identifier') }}
    group by customer_uuid

)

select
    'two customers' as problem,
    id_type,
    id_value,
    null::uuid as customer_uuid
from {{ ref('customer_identifier') }}
group by id_type, id_value
having count(*) > 1

union all

select
    'profile does not match its identifiers' as problem,
    null as id_type,
    null as id_value,
    coalesce(counted.customer_uuid, profile.customer_uuid) as customer_uuid
from counted
full outer join {{ ref('bl_customer_profile') }} as profile on counted.customer_uuid = profile.customer_uuid
where
    counted.customer_uuid is null
    or profile.customer_uuid is null
    or counted.identifiers <> profile.identifier_count
