-- One row per customer order of 1C, as it is compared: contacts are normalised once, when it arrives, which
-- takes half a second for 40,000 orders.
{{ config(
    key=['onec_number', 'year'],
    unique_key=['onec_number', 'year'],
    follows={'stg_onec__orders': ['onec_number', 'year']},
    indexes=[{'columns': ['onec_number', 'year'], 'unique': true}],
) }}

select
    onec_number,
    year,
    onec_order_id,
    document_id,
    site_number,
    bare_number,
    status,
    sum_kopecks,
    {{ currency_code('currency') }} as currency,
    is_paid,
    is_posted,
    is_deleted,
    is_standing,
    -- Cancelled or marked for deletion; unknown where neither is told.
    case when is_standing then is_cancelled else true end as is_cancelled,
    phone,
    email,
    ordered_at,
    coalesce(changed_at, ordered_at) as changed_at
from {{ ref('stg_onec__orders') }}
