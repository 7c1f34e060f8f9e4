-- One row per part of a site order, archived ones too: each line that is sold, the delivery, and the
-- difference between these and the order's price. Filter by local_date, brand or order_id.
{{ config(materialized='view') }}

select
    items.item_id,
    items.order_id,
    items.conversion_id,
    conversions.customer_uuid,
    items.at,
    items.local_date,
    items.brand,
    conversions.region,
    conversions.status,
    items.is_paid,
    items.is_cancelled,
    items.part,
    items.product_id,
    items.product_name,
    items.section_id,
    items.section_path,
    items.quantity,
    items.price_kopecks,
    items.gross_kopecks,
    items.discount_kopecks,
    items.bonus_kopecks,
    items.refunds_kopecks,
    items.revenue_kopecks,
    items.vat_rate,
    items.vat_kopecks as sales_vat_kopecks,
    items.cost_kopecks,
    items.margin_kopecks,
    items.margin_source
from {{ ref('int_products__order_items') }} as items
inner join {{ ref('fct_conversion') }} as conversions on items.conversion_id = conversions.conversion_id
