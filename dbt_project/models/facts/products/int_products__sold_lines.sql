-- One row per line of a published order that is sold, a set as one line and not its parts: price and discount
-- with VAT in hundredths of the line's own currency, and the rate of that at the order's local day.
{{ config(materialized='ephemeral') }}

with rates as (
    {{ periods_of(ref('exchange_rates'), 'currency', 'rate') }}
),

lines as (
    select
        basket.*,
        conversions.at,
        conversions.brand,
        {{ local_date('conversions.at') }} as local_date,
        upper(coalesce(basket.currency, conversions.currency)) as line_currency,
        case when basket.is_vat_included then 1 else 1 + basket.vat_rate end as factor
    from {{ ref('int_journey__conversions') }} as conversions
    inner join {{ ref('stg_bitrix__basket_items') }} as basket on conversions.order_id = basket.order_id
    where conversions.quarantine_reason is null and not basket.is_set_component
)

select
    lines.order_id,
    lines.basket_item_id,
    lines.product_id,
    lines.product_name,
    lines.quantity,
    lines.vat_rate,
    lines.at,
    lines.local_date,
    lines.brand,
    rates.rate,
    lines.price_kopecks * lines.factor as price_minor,
    -- Told per piece; builds without it tell the price before.
    coalesce(lines.discount_kopecks, lines.base_price_kopecks - lines.price_kopecks, 0) * lines.factor
        as discount_minor
from lines
left join rates
    on
        lines.line_currency = rates.currency
        and lines.local_date >= rates.valid_from
        and lines.local_date < rates.valid_before
