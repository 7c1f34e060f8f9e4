-- One row per CRM lead; a lead brings no money of its own, its deal or order does.
{{ config(materialized='ephemeral') }}

select
    'lead:' || leads.lead_id as conversion_id,
    'lead' as kind,
    leads.lead_id as source_id,
    leads.created_at as at,
    leads.status_id as status,
    false as is_paid,
    coalesce(leads.status_semantic_id = 'F', false) as is_cancelled,
    0::bigint as amount_minor,
    0::bigint as delivery_minor,
    0::bigint as bonus_minor,
    0::bigint as refund_minor,
    '{{ var("base_currency") }}' as currency,
    null::bigint as order_id,
    null::bigint as deal_id,
    '{{ var("default_brand") }}' as brand,
    coalesce(regions.region, '{{ var("default_region") }}') as region,
    regions.region_source,
    null::text as order_number,
    leads.created_at as opened_at,
    'LEAD' as first_id_type,
    leads.lead_id::text as first_id_value,
    'CONTACT' as second_id_type,
    leads.contact_id::text as second_id_value,
    null::text as third_id_type,
    null::text as third_id_value,
    null::text as source_problem,
    leads._seq as seq
from {{ ref('stg_crm__leads') }} as leads
left join {{ ref('int_journey__crm_regions') }} as regions
    on leads.lead_id = regions.record_id and regions.record_type = 'lead'
