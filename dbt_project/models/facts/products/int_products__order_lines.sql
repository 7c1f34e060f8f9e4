-- One row per line of a published order that is sold: prices in kopecks of the base currency at the rate of
-- the order's day, and what is known of its cost, without VAT. The first that tells
-- counts: the contract, the purchase price that stood when the order was placed (of one placed before the
-- first reading, that), the margin of the nearest section with a line in the seed, that of the brand.
{{ config(materialized='ephemeral') }}
{%- set without_vat = '(1 + lines.vat_rate)' if var('purchase_prices_include_vat') else '1' %}

with lines as (
    select * from {{ ref('int_products__sold_lines') }}
),

rates as (
    {{ periods_of(ref('exchange_rates'), 'currency', 'rate') }}
),

brands as (
    {{ periods_of(ref('brand_margins'), 'brand', 'margin_share') }}
),

section_shares as (
    {{ periods_of(ref('section_margins'), 'section_id', 'margin_share') }}
),

costs as (
    select
        product_id,
        cost_kopecks,
        upper(currency) as currency,
        valid_from,
        lead(valid_from, 1, 'infinity'::date) over (
            partition by product_id order by valid_from, product_cost_id
        ) as valid_before
    from {{ ref('stg_bitrix__product_costs') }}
    where valid_from is not null and cost_kopecks >= 0
),

prices as (
    select
        product_id,
        price_kopecks,
        upper(currency) as currency,
        case
            when row_number() over by_arrival = 1 then '-infinity'::timestamptz else known_from
        end as known_from,
        lead(known_from, 1, 'infinity'::timestamptz) over by_arrival as known_before
    from {{ ref('stg_bitrix__purchase_prices') }}
    window by_arrival as (partition by product_id order by known_from, _seq)
),

nearest as (
    select distinct on (lines.basket_item_id)
        lines.basket_item_id,
        section_shares.margin_share
    from lines
    inner join {{ ref('int_products__products') }} as products on lines.product_id = products.product_id
    cross join lateral unnest(products.lineage) with ordinality as above (section_id, distance)
    inner join section_shares
        on
            above.section_id = section_shares.section_id
            and lines.local_date >= section_shares.valid_from
            and lines.local_date < section_shares.valid_before
    order by lines.basket_item_id asc, above.distance asc
),

costed as (
    select
        lines.*,
        products.name,
        products.section_id,
        coalesce(products.section_path, '(not in the catalogue)') as section_path,
        costs.cost_kopecks * cost_rates.rate as contract_cost,
        prices.price_kopecks * price_rates.rate / {{ without_vat }} as catalogue_cost,
        nearest.margin_share as section_share,
        brands.margin_share as brand_share
    from lines
    left join {{ ref('int_products__products') }} as products on lines.product_id = products.product_id
    left join costs
        on
            lines.product_id = costs.product_id
            and lines.local_date >= costs.valid_from
            and lines.local_date < costs.valid_before
    left join prices
        on
            lines.product_id = prices.product_id
            and lines.at >= prices.known_from
            and lines.at < prices.known_before
    left join nearest on lines.basket_item_id = nearest.basket_item_id
    left join brands
        on
            lines.brand = brands.brand
            and lines.local_date >= brands.valid_from
            and lines.local_date < brands.valid_before
    {%- for told in ['cost', 'price'] %}
    left join rates as {{ told }}_rates
        on
            {{ told }}s.currency = {{ told }}_rates.currency
            and lines.local_date >= {{ told }}_rates.valid_from
            and lines.local_date < {{ told }}_rates.valid_before
    {%- endfor %}
)

select
    order_id,
    basket_item_id,
    product_id,
    coalesce(name, product_name) as product_name,
    section_id,
    section_path,
    quantity,
    vat_rate,
    {{ converted_kopecks('price_minor', 'rate') }} as price_kopecks,
    coalesce({{ converted_kopecks('price_minor * quantity', 'rate') }}, 0) as gross_kopecks,
    coalesce({{ converted_kopecks('discount_minor * quantity', 'rate') }}, 0) as discount_kopecks,
    {{ converted_kopecks('coalesce(contract_cost, catalogue_cost)', 'quantity') }} as cost_kopecks,
    case when contract_cost is null and catalogue_cost is null then coalesce(section_share, brand_share) end
        as margin_share,
    case
        when contract_cost is not null then 'contract'
        when catalogue_cost is not null then 'catalogue'
        when section_share is not null then 'section'
        when brand_share is not null then 'brand'
    end as margin_source
from costed
