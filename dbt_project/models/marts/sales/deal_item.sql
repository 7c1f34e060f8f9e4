-- One row per part of a CRM deal: each product row, and the difference between these and the deal's amount
-- (one typed by hand, rows that nobody filled in). Parts add up to amount_kopecks of marts.deal.
{{ config(materialized='view') }}

with rates as (
    {{ periods_of(ref('exchange_rates'), 'currency', 'rate') }}
),

deals as (
    select
        deals.source_id as deal_id,
        deals.created_at,
        deals.category_id,
        deals.manager_id,
        case deals.semantic_id when 'S' then 'won' when 'F' then 'lost' else 'open' end as state,
        deals.amount_kopecks,
        rates.rate
    from {{ ref('int_sales__requests') }} as deals
    left join rates
        on
            deals.currency = rates.currency
            and {{ local_date('deals.created_at') }} >= rates.valid_from
            and {{ local_date('deals.created_at') }} < rates.valid_before
    where deals.kind = 'deal'
),

lines as (
    select
        deals.*,
        items.row_no,
        items.product_id,
        items.product,
        items.quantity,
        {{ converted_kopecks('100 * items.price', 'deals.rate') }} as price_kopecks,
        {{ converted_kopecks('100 * items.discount_sum * items.quantity', 'deals.rate') }}
            as deal_discount_kopecks,
        {{ converted_kopecks('100 * items.price * items.quantity', 'deals.rate') }} as line_kopecks
    from {{ ref('stg_crm__product_rows') }} as items
    inner join deals on items.deal_id = deals.deal_id
),

sums as (
    select
        deal_id,
        sum(line_kopecks) as lines_kopecks
    from lines
    group by deal_id
),

parts as (
    select
        deal_id,
        created_at,
        category_id,
        manager_id,
        state,
        'product' as part,
        row_no,
        product_id,
        product,
        quantity,
        price_kopecks,
        deal_discount_kopecks,
        line_kopecks as amount_kopecks
    from lines
    union all
    select
        deals.deal_id,
        deals.created_at,
        deals.category_id,
        deals.manager_id,
        deals.state,
        'difference' as part,
        0 as row_no,
        null as product_id,
        '(difference)' as product,
        null as quantity,
        null as price_kopecks,
        null as deal_discount_kopecks,
        (deals.amount_kopecks - coalesce(sums.lines_kopecks, 0))::bigint as amount_kopecks
    from deals
    left join sums on deals.deal_id = sums.deal_id
    where deals.amount_kopecks <> coalesce(sums.lines_kopecks, 0)
)

select
    'deal:' || deal_id || ':' || case part when 'product' then row_no::text else part end as item_id,
    deal_id,
    created_at,
    {{ local_date('created_at') }} as local_date,
    category_id,
    manager_id,
    state,
    part,
    product_id,
    product,
    quantity,
    price_kopecks,
    deal_discount_kopecks,
    amount_kopecks
from parts
