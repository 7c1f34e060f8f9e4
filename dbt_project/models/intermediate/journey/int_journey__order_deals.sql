-- One row per CRM deal that was made from a site order.
-- The connector writes the order's id or its number: an id wins when a number looks the same.
{{ config(materialized='view') }}

with deals as (
    select
        deal_id,
        origin_id,
        _seq
    from {{ ref('stg_crm__deals') }}
    where originator_id = 'bitrix_site' and origin_id is not null
),

order_names as (
    select
        order_id,
        order_id::text as name,
        1 as preference
    from {{ ref('stg_bitrix__orders') }}
    union all
    select
        order_id,
        account_number as name,
        2 as preference
    from {{ ref('stg_bitrix__orders') }}
    where account_number is not null
)

select distinct on (deals.deal_id)
    deals.deal_id,
    order_names.order_id,
    deals._seq as seq
from deals
inner join order_names on deals.origin_id = order_names.name
order by deals.deal_id asc, order_names.preference asc, order_names.order_id asc
