-- One row per local day, brand and product (deliveries and differences to prices of orders as rows of their
-- own): what was ordered, sold and given back, and what it earned. Revenue adds up to that of all orders.
{{ config(
    key=['local_date', 'brand', 'product'],
    unique_key=['local_date', 'brand', 'product'],
    follows={'int_products__order_items': ['local_date', 'brand', 'product']},
    reads={
        'int_products__order_items': [
            'item_id', 'order_id', 'at', 'local_date', 'brand', 'is_cancelled', 'is_purchase', 'part', 'product',
            'product_id', 'product_name', 'section_id', 'section_path', 'quantity', 'gross_kopecks',
            'discount_kopecks', 'bonus_kopecks', 'refunds_kopecks', 'revenue_kopecks', 'vat_kopecks',
            'cost_kopecks', 'margin_kopecks',
        ],
    },
    indexes=[{'columns': ['local_date', 'brand', 'product'], 'unique': true}],
) }}
{%- set sold = 'filter (where is_purchase)' %}

with sums as (
    select
        local_date,
        brand,
        product,
        max(product_id) as product_id,
        -- As the last order of the day calls it: what left the catalogue may have several names.
        (array_agg(product_name order by at desc, item_id desc))[1] as product_name,
        (array_agg(section_id order by at desc, item_id desc))[1] as section_id,
        (array_agg(section_path order by at desc, item_id desc))[1] as section_path,
        count(distinct order_id) as in_orders_placed,
        count(distinct order_id) {{ sold }} as in_orders_paid,
        count(distinct order_id) filter (where is_cancelled) as in_orders_cancelled,
        count(distinct order_id) filter (where refunds_kopecks > 0) as in_orders_refunded,
        sum(quantity) as quantity_placed,
        sum(quantity) {{ sold }} as quantity_paid,
        coalesce(sum(gross_kopecks) {{ sold }}, 0)::bigint as gross_kopecks,
        coalesce(sum(discount_kopecks) {{ sold }}, 0)::bigint as discount_kopecks,
        coalesce(sum(bonus_kopecks) {{ sold }}, 0)::bigint as bonus_kopecks,
        sum(refunds_kopecks)::bigint as refunds_kopecks,
        sum(revenue_kopecks)::bigint as revenue_kopecks,
        coalesce(sum(revenue_kopecks) filter (where margin_kopecks is not null), 0)::bigint
            as revenue_with_margin_kopecks,
        sum(vat_kopecks)::bigint as known_vat_kopecks,
        bool_and(vat_kopecks is not null or revenue_kopecks = 0) as is_vat_known,
        sum(cost_kopecks)::bigint as known_cost_kopecks,
        sum(margin_kopecks)::bigint as known_margin_kopecks,
        bool_and(margin_kopecks is not null or revenue_kopecks = 0) as is_margin_known
    from {{ ref('int_products__order_items') }}
    group by local_date, brand, product
)

select
    local_date,
    brand,
    product,
    product_id,
    product_name,
    section_id,
    section_path,
    in_orders_placed,
    in_orders_paid,
    in_orders_cancelled,
    in_orders_refunded,
    quantity_placed,
    quantity_paid,
    gross_kopecks,
    discount_kopecks,
    bonus_kopecks,
    refunds_kopecks,
    revenue_kopecks,
    case when is_vat_known then known_vat_kopecks end as sales_vat_kopecks,
    case when is_margin_known then known_cost_kopecks end as cost_kopecks,
    case when is_margin_known then known_margin_kopecks end as margin_kopecks,
    revenue_with_margin_kopecks,
    round(revenue_with_margin_kopecks / nullif(revenue_kopecks, 0)::numeric, 6) as margin_known_share
from sums
