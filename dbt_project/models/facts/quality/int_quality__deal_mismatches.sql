-- One row per site order or deal and mismatch: what shop and CRM say differently of what should be one sale.
{{ config(materialized='view') }}

with orders as (
    select
        orders.order_id,
        orders.account_number as order_number,
        {{ currency_code('orders.currency') }} as currency,
        orders.price_kopecks,
        case
            when orders.is_cancelled then 'cancelled' when orders.is_paid then 'paid' else 'open'
        end as status,
        coalesce(live.modified_at, orders.created_at) as modified_at,
        orders.created_at,
        owners.customer_uuid
    from {{ ref('int_journey__orders') }} as orders
    left join {{ ref('stg_bitrix__orders') }} as live on orders.order_id = live.order_id
    left join {{ ref('int_journey__conversion_customers') }} as owners
        on 'order:' || orders.order_id = owners.conversion_id
),

deals as (
    select
        deals.deal_id,
        named.order_id,
        deals.origin_id,
        {{ currency_code('deals.currency') }} as currency,
        deals.opportunity_kopecks,
        case deals.stage_semantic_id when 'S' then 'won' when 'F' then 'lost' else 'open' end as status,
        deals.modified_at,
        deals.created_at,
        contacts.customer_uuid,
        count(*) over (partition by named.order_id) as deals_of_order
    from {{ ref('stg_crm__deals') }} as deals
    left join {{ ref('int_journey__order_deals') }} as named on deals.deal_id = named.deal_id
    left join {{ ref('customer_identifier') }} as contacts
        on contacts.id_type = 'CONTACT' and deals.contact_id::text = contacts.id_value
    where named.order_id is not null or (deals.originator_id = 'bitrix_site' and deals.origin_id <> '')
),

-- The shop hands orders over since the first deal that names one; a new order has an hour.
handed_over as (
    select
        min(deals.created_at) as since,
        max(bound.set_at) - interval '1 hour' as until
    from {{ source('ops', 'bound') }} as bound
    left join deals on deals.order_id is not null
),

pairs as (
    select
        orders.order_id,
        orders.order_number,
        deals.deal_id,
        orders.customer_uuid,
        greatest(orders.modified_at, deals.modified_at) as since,
        differences.*
    from orders
    inner join deals on orders.order_id = deals.order_id
    cross join
        lateral (
            values
            ('several deals', '1', deals.deals_of_order::text, deals.deals_of_order > 1),
            ('currency', orders.currency, deals.currency, orders.currency is distinct from deals.currency),
            (
                'sum', (orders.price_kopecks / 100.0)::numeric(20, 2)::text,
                (deals.opportunity_kopecks / 100.0)::numeric(20, 2)::text,
                orders.currency = deals.currency
                and orders.price_kopecks is distinct from deals.opportunity_kopecks
            ),
            (
                'status', orders.status, deals.status,
                (orders.status = 'cancelled' and deals.status = 'won')
                or (orders.status = 'paid' and deals.status = 'lost')
            ),
            (
                'contact', orders.customer_uuid::text, deals.customer_uuid::text,
                orders.customer_uuid <> deals.customer_uuid
            )
        ) as differences (mismatch, order_value, deal_value, is_different)
    where differences.is_different
),

told as (
    select
        order_id,
        order_number,
        deal_id,
        mismatch,
        order_value,
        deal_value,
        customer_uuid,
        since
    from pairs
    union all
    select
        orders.order_id,
        orders.order_number,
        null::bigint as deal_id,
        'no deal' as mismatch,
        orders.status as order_value,
        null as deal_value,
        orders.customer_uuid,
        orders.created_at as since
    from orders
    left join deals on orders.order_id = deals.order_id
    where
        deals.deal_id is null
        -- As values, which are found once: joined, they would be for each order.
        and orders.created_at >= (select handed_over.since from handed_over)
        and orders.created_at <= (select handed_over.until from handed_over)
    union all
    select
        null::bigint as order_id,
        deals.origin_id as order_number,
        deals.deal_id,
        'no order' as mismatch,
        null as order_value,
        deals.status as deal_value,
        deals.customer_uuid,
        deals.created_at as since
    from deals
    where deals.order_id is null
)

select
    concat_ws(' ', 'order:' || told.order_id, 'deal:' || told.deal_id, told.mismatch) as mismatch_id,
    told.*
from told
