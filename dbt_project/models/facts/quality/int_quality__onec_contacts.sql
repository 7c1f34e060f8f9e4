-- One row per order of 1C with a phone or an e-mail: the customers they are of. What many people share says
-- nothing, and such an order has no row.
{{ config(materialized='ephemeral') }}

select
    told.onec_order_id,
    coalesce(phones.customer_uuid, emails.customer_uuid) as customer_uuid,
    array_remove(array[phones.customer_uuid, emails.customer_uuid], null) as customer_uuids
from {{ ref('int_quality__onec_documents') }} as told
left join {{ ref('customer_identifier') }} as phones
    on phones.id_type = 'PHONE' and told.phone = phones.id_value
left join {{ ref('customer_identifier') }} as emails
    on emails.id_type = 'EMAIL' and told.email = emails.id_value
left join {{ ref('shared_identifier') }} as shared_phones
    on shared_phones.id_type = 'PHONE' and told.phone = shared_phones.id_value
left join {{ ref('shared_identifier') }} as shared_emails
    on shared_emails.id_type = 'EMAIL' and told.email = shared_emails.id_value
where
    (told.phone is not null or told.email is not null)
    and shared_phones.id_value is null
    and shared_emails.id_value is null
