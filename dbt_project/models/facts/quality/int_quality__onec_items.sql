-- One row per product in which an order of the site and its order in 1C differ: in how many, or for how much.
-- Lines of 1C find their product by the XML_ID that the site has of it, else by its name.
{{ config(materialized='view') }}

with pairs as (
    select
        matched.order_id,
        matched.onec_order_id
    from {{ ref('int_quality__onec_orders') }} as matched
    where matched.order_id is not null and matched.is_compared and matched.standing_orders = 1
),

lines as (
    select
        pairs.order_id,
        coalesce(items.product_code, items.product_name, '(unknown)') as code,
        max(items.product_name) as product_name,
        sum(items.quantity) as quantity,
        sum(items.sum_kopecks) as sum_kopecks,
        count(*) = count(items.sum_kopecks) as is_sum_known
    from pairs
    inner join {{ ref('stg_onec__order_items') }} as items on pairs.onec_order_id = items.onec_order_id
    where coalesce(items.product_code, '') not in ({{ "'" ~ var('onec_services') | join("', '") ~ "'" }})
    group by pairs.order_id, coalesce(items.product_code, items.product_name, '(unknown)')
),

sold as (
    select
        items.order_id,
        coalesce(items.product_id::text, items.product_name, '(unknown)') as product,
        max(elements.xml_id) as xml_id,
        max(items.product_name) as product_name,
        sum(items.quantity) as quantity,
        sum(round(items.price_kopecks * items.quantity)) as sum_kopecks
    from pairs
    inner join {{ ref('stg_bitrix__basket_items') }} as items on pairs.order_id = items.order_id
    left join {{ ref('stg_bitrix__elements') }} as elements on items.product_id = elements.element_id
    where not items.is_set_component
    group by items.order_id, coalesce(items.product_id::text, items.product_name, '(unknown)')
),

-- Two products of an order may bear one code or one name.
codes as (
    select
        order_id,
        xml_id,
        min(product) as product
    from sold
    where xml_id is not null
    group by order_id, xml_id
),

names as (
    select
        order_id,
        lower(product_name) as product_name,
        min(product) as product
    from sold
    group by order_id, lower(product_name)
),

told as (
    select
        lines.order_id,
        coalesce(by_code.product, by_name.product, lines.code) as product,
        max(lines.product_name) as product_name,
        sum(lines.quantity) as quantity,
        sum(lines.sum_kopecks) as sum_kopecks,
        bool_and(lines.is_sum_known) as is_sum_known
    from lines
    left join codes as by_code on lines.order_id = by_code.order_id and lines.code = by_code.xml_id
    left join names as by_name
        on lines.order_id = by_name.order_id and lower(lines.product_name) = by_name.product_name
    group by lines.order_id, coalesce(by_code.product, by_name.product, lines.code)
),

-- An order of which 1C tells no line is not compared by lines.
listed as (
    select distinct order_id from lines
),

expected as (
    select sold.*
    from sold
    inner join listed on sold.order_id = listed.order_id
)

select
    coalesce(expected.order_id, told.order_id) as order_id,
    coalesce(expected.product, told.product) as product,
    coalesce(expected.product_name, told.product_name, told.product) as product_name,
    coalesce(
        trim_scale(expected.quantity)::text
        || coalesce(' for ' || (expected.sum_kopecks / 100.0)::numeric(20, 2), ''), 'none'
    ) as order_value,
    coalesce(
        trim_scale(told.quantity)::text
        || case when told.is_sum_known then ' for ' || (told.sum_kopecks / 100.0)::numeric(20, 2) else '' end,
        'none'
    ) as onec_value
from expected
full outer join told on expected.order_id = told.order_id and expected.product = told.product
where
    expected.quantity is distinct from told.quantity
    or (told.is_sum_known and expected.sum_kopecks <> told.sum_kopecks)
