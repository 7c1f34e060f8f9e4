-- One row per part of a published order: its lines, its delivery, and what is left of its price, so that
-- parts add up to the price. `so_far` is the sum up to a part, `before` that without it.
{{ config(materialized='ephemeral') }}

with conversions as (
    select *
    from {{ ref('int_journey__conversions') }}
    where order_id is not null and quarantine_reason is null
),

lines as (
    select * from {{ ref('int_products__order_lines') }}
),

sums as (
    select
        order_id,
        sum(gross_kopecks) as gross_kopecks,
        max(vat_rate) as vat_rate
    from lines
    group by order_id
),

parts as (
    select
        order_id,
        'product' as part,
        1 as place,
        basket_item_id,
        product_id,
        product_name,
        section_id,
        section_path,
        quantity,
        price_kopecks,
        gross_kopecks::numeric as gross_kopecks,
        discount_kopecks,
        vat_rate,
        cost_kopecks,
        margin_share,
        margin_source
    from lines
    union all
    select
        conversions.order_id,
        rest.part,
        rest.place,
        0::bigint as basket_item_id,
        null::bigint as product_id,
        null::text as product_name,
        null::bigint as section_id,
        -- No section: it would read like goods nobody sorted.
        '(' || rest.part || ')' as section_path,
        null::numeric as quantity,
        null::bigint as price_kopecks,
        rest.gross_kopecks,
        0::bigint as discount_kopecks,
        -- Carriage is taxed as the goods that are taxed most.
        sums.vat_rate,
        null::bigint as cost_kopecks,
        null::numeric as margin_share,
        null::text as margin_source
    from conversions
    left join sums on conversions.order_id = sums.order_id
    cross join
        lateral (
            values
            ('delivery', 2, conversions.delivery_kopecks::numeric),
            (
                'difference', 3,
                conversions.gross_kopecks - conversions.delivery_kopecks - coalesce(sums.gross_kopecks, 0)
            )
        ) as rest (part, place, gross_kopecks)
    where rest.gross_kopecks <> 0 or (rest.part = 'difference' and sums.order_id is null)
)

select
    *,
    sum(gross_kopecks) over in_order as so_far,
    sum(gross_kopecks) over in_order - gross_kopecks as before,
    row_number() over in_order = 1 as is_first,
    -- Parts far beyond the price (a line of millions in an order of one rouble) share nothing.
    sum(abs(gross_kopecks)) over (partition by order_id) as all_kopecks,
    count(*) filter (where part = 'product') over (partition by order_id) as lines
from parts
window in_order as (partition by order_id order by place, basket_item_id)
