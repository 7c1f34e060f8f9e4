-- One row per site order, deal or 1C order and mismatch: what the shop says of a sale, and the CRM or 1C says
-- otherwise. A pair that agrees has no row; a row goes when its cause is mended.
{{ config(materialized='view') }}

with told as (
    select
        mismatch_id,
        'crm' as system,
        order_id,
        order_number,
        deal_id,
        null::text as onec_number,
        mismatch,
        order_value,
        deal_value,
        null::text as onec_value,
        customer_uuid,
        since
    from {{ ref('int_quality__deal_mismatches') }}
    union all
    select
        mismatch_id,
        'onec' as system,
        order_id,
        order_number,
        null::bigint as deal_id,
        onec_number,
        mismatch,
        order_value,
        null::text as deal_value,
        onec_value,
        customer_uuid,
        since
    from {{ ref('int_quality__onec_mismatches') }}
)

select
    told.mismatch_id,
    told.system,
    told.order_id,
    told.order_number,
    told.deal_id,
    told.onec_number,
    told.mismatch,
    told.order_value,
    told.deal_value,
    told.onec_value,
    told.customer_uuid,
    told.since,
    advice.to_do
from told
left join {{ ref('mismatch_advice') }} as advice
    on told.system = advice.system and told.mismatch = advice.mismatch
