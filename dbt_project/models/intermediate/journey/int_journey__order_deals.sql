-- One row per CRM deal of this run that was made from a site order.
-- The connector writes the order's id or its number: an id wins when a number looks the same.
{{ config(
    news=true,
    distributed_by='deal_id',
    indexes=[
        {'columns': ['deal_id'], 'unique': true},
        {'columns': ['order_id']},
    ],
) }}

with order_names as (
    {{ names_of_changed_orders() }}
),

-- Deals that changed, and all deals of orders that did.
deals as (
    select
        deals.deal_id,
        deals.origin_id as name,
        deals._seq
    from {{ ref('int_journey__changed_conversions') }} as changed
    inner join {{ ref('stg_crm__deals') }} as deals on changed.source_id = deals.deal_id
    where changed.kind = 'deal' and deals.originator_id = 'bitrix_site' and deals.origin_id is not null
    union
    select
        deals.deal_id,
        deals.origin_id as name,
        deals._seq
    from order_names
    inner join {{ ref('stg_crm__deals') }} as deals on order_names.name = deals.origin_id
    where deals.originator_id = 'bitrix_site'
),

names as (
    select distinct name from deals
),

bearers as (
    {{ orders_named('names') }}
)

select distinct on (deals.deal_id)
    deals.deal_id,
    bearers.order_id,
    deals._seq as seq
from deals
inner join bearers on deals.name = bearers.name
order by deals.deal_id asc, bearers.is_id desc, bearers.order_id asc
