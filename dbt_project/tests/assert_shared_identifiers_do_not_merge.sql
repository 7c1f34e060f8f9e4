-- A shared or blocked identifier belongs to no customer and appears in no merge.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'shared_identifier'}}}) }}

select
    'belongs to a customer' as problem,
    shared.id_type,
    shared.id_value
from {{ ref('shared_identifier') }} as shared
inner join {{ ref('customer_identifier') }} as identifier
    on shared.id_type = identifier.id_type and shared.id_value = identifier.id_value

union all

select
    'joined two customers' as problem,
    shared.id_type,
    shared.id_value
from {{ ref('shared_identifier') }} as shared
inner join {{ ref('customer_merge_log') }} as merge
    on
        (shared.id_type = merge.a_type and shared.id_value = merge.a_value)
        or (shared.id_type = merge.b_type and shared.id_value = merge.b_value)
