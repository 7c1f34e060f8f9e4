-- One row per part of a site order: each line that is sold, the delivery, and the difference between these
-- and the order's price. Parts add up to the order's price, revenue, refunds and bonuses, to the kopeck.
{%- set through_lines = {'through': 'stg_bitrix__basket_items', 'on': {'product_id': 'product_id'}} %}
{#- Lines stay when the shop moves an order to its archive (`kept`). #}
{%- set keeps = ref('stg_bitrix__archived_orders') %}
{{ config(
    key='order_id',
    unique_key='item_id',
    follows={
        'int_journey__conversions': 'order_id',
        'stg_bitrix__basket_items': 'order_id',
        'stg_bitrix__archived_orders': 'order_id',
        'int_products__products': through_lines,
        'stg_bitrix__product_costs': through_lines,
        'stg_bitrix__purchase_prices': through_lines,
    },
    reads={
        'int_journey__conversions': [
            'conversion_id', 'order_id', 'at', 'brand', 'currency', 'is_paid', 'is_cancelled', 'kind',
            'quarantine_reason', 'gross_kopecks', 'received_kopecks', 'refund_kopecks', 'bonus_kopecks',
            'delivery_kopecks', 'revenue_kopecks', 'margin_kopecks',
        ],
        'stg_bitrix__basket_items': [
            'basket_item_id', 'order_id', 'product_id', 'product_name', 'quantity', 'currency', 'price_kopecks',
            'base_price_kopecks', 'discount_kopecks', 'vat_rate', 'is_vat_included', 'is_set_component',
        ],
        'stg_bitrix__archived_orders': ['archive_id', 'order_id', 'archived_at'],
        'int_products__products': ['product_id', 'name', 'section_id', 'section_path', 'lineage'],
    },
    reads_as_rule=['exchange_rates', 'brand_margins', 'section_margins'],
    indexes=[
        {'columns': ['item_id'], 'unique': true},
        {'columns': ['order_id']},
        {'columns': ['conversion_id']},
        {'columns': ['local_date', 'product']},
    ],
) }}
{%- set shared = {'revenue_kopecks': 'revenue', 'refund_kopecks': 'refunds', 'bonus_kopecks': 'bonus'} %}

with parts as (
    select
        conversions.conversion_id,
        conversions.at,
        conversions.brand,
        conversions.is_paid,
        conversions.is_cancelled,
        {{ is_purchase('conversions') }} as is_purchase,
        conversions.margin_kopecks as order_margin,
        -- Goods go out, and stay with the customer, as the money does; points alone take all of them.
        case
            when conversions.gross_kopecks > conversions.bonus_kopecks
                then least(greatest(
                    conversions.revenue_kopecks::numeric
                    / (conversions.gross_kopecks - conversions.bonus_kopecks), 0
                ), 1)
            when {{ is_purchase('conversions') }} then 1
            else 0
        end as sold_share,
        {%- for total in shared %}
        case
            when conversions.gross_kopecks > 0 and parts.all_kopecks <= 1000 * conversions.gross_kopecks
                then
                    round(conversions.{{ total }} * parts.so_far / conversions.gross_kopecks)
                    - round(conversions.{{ total }} * parts.before / conversions.gross_kopecks)
            when parts.is_first then conversions.{{ total }}
            else 0
        end::bigint as shared_{{ shared[total] }},
        {%- endfor %}
        parts.*
    from {{ ref('int_products__order_parts') }} as parts
    inner join {{ ref('int_journey__conversions') }} as conversions on parts.order_id = conversions.order_id
),

taxed as (
    select
        *,
        round(shared_revenue * vat_rate / (1 + vat_rate))::bigint as vat_kopecks
    from parts
),

earned as (
    select
        *,
        case
            when part = 'delivery' then null
            when lines = 0 then order_margin
            when part = 'difference' then shared_revenue - vat_kopecks
            when margin_share is not null then round(shared_revenue * margin_share)::bigint
            else shared_revenue - vat_kopecks - round(cost_kopecks * sold_share)::bigint
        end as margin_kopecks
    from taxed
)

select
    conversion_id || ':' || case part when 'product' then basket_item_id::text else part end as item_id,
    order_id,
    conversion_id,
    at,
    {{ local_date('at') }} as local_date,
    brand,
    is_paid,
    is_cancelled,
    is_purchase,
    part,
    case
        when part <> 'product' then '(' || part || ')'
        else coalesce(product_id::text, '(unknown)')
    end as product,
    product_id,
    product_name,
    section_id,
    section_path,
    quantity,
    price_kopecks,
    gross_kopecks::bigint as gross_kopecks,
    discount_kopecks,
    shared_bonus as bonus_kopecks,
    shared_refunds as refunds_kopecks,
    shared_revenue as revenue_kopecks,
    vat_rate::numeric(6, 4) as vat_rate,
    vat_kopecks,
    case when part = 'product' then shared_revenue - vat_kopecks - margin_kopecks end as cost_kopecks,
    margin_kopecks,
    case
        when part = 'delivery' then 'not goods'
        when lines = 0 and order_margin is not null then 'brand'
        when lines > 0 and part = 'difference' then 'price'
        when margin_kopecks is not null then margin_source
    end as margin_source
from earned
