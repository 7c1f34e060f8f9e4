-- One row per conversion, touch of its customer before it, and attribution model; for a model that no touch
-- led to, one row with channel '(unattributed)', or 'Store' if it was bought there. Each conversion is
-- explained when it is read: filter by conversion_id.
-- The hook makes the function that explains one conversion.
{{ config(materialized='view', pre_hook="{{ create_explain_order(this.schema) }}") }}

select
    conversions.conversion_id,
    conversions.kind,
    conversions.at as converted_at,
    conversions.customer_uuid,
    explained.model_id,
    explained.touch_id,
    explained.touched_at,
    explained.touch_type,
    explained.channel,
    explained.source,
    explained.campaign,
    explained.included as is_included,
    explained.reason,
    explained.weight,
    explained.credit_kopecks,
    explained.id_type,
    explained.id_value,
    explained.links,
    explained.link_rule,
    explained.link_table,
    explained.link_key,
    explained.buyer_id_type,
    explained.buyer_id_value
from {{ ref('fct_conversion') }} as conversions
cross join lateral {{ this.schema }}.explain_order(conversions.conversion_id) as explained
