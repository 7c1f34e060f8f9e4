-- One row per till sale that belongs to no site order, plus the receipts that are no usable sale, each with
-- its problem. A return lowers the sale it names. Money is what was paid beside bonuses.
{{ config(materialized='ephemeral') }}

with judged as (
    select
        receipts.*,
        counted.refund_minor,
        counted.returned_minor,
        stores.region as store_region,
        greatest(receipts._seq, counted.returns_seq) as seq,
        case
            when receipts.receipt_uid is null then 'receipt without a number'
            when counted.receipt_id is null then 'receipt sent twice'
            when receipts.kind = 'return' then 'return without its sale'
            when coalesce(receipts.kind, '') <> 'sale' then 'unknown kind of receipt'
            when counted.is_foreign_refund then 'refund in another currency'
        end as source_problem
    from {{ ref('stg_loyalty__receipts') }} as receipts
    left join {{ ref('int_journey__till_receipts') }} as counted on receipts.receipt_id = counted.receipt_id
    left join {{ ref('store_regions') }} as stores on receipts.store_id = stores.store_id
    -- What belongs to an order is inside the order's row, a return of a known sale inside the sale's.
    where counted.order_id is null and counted.is_of_known_sale is not true
)

select
    case
        when source_problem is null or source_problem = 'refund in another currency'
            then 'receipt:' || receipt_uid
        -- Its number may belong to a published sale.
        else 'receipt:' || coalesce(receipt_uid, '') || '#' || receipt_id
    end as conversion_id,
    'receipt' as kind,
    receipt_id as source_id,
    closed_at as at,
    kind as status,
    -- Points count: what they alone paid for was bought, until all of it came back.
    coalesce(total_kopecks > returned_minor, true) as is_paid,
    false as is_cancelled,
    total_kopecks as amount_minor,
    0::bigint as delivery_minor,
    coalesce(bonus_spent_kopecks, 0) as bonus_minor,
    refund_minor,
    currency,
    null::bigint as order_id,
    null::bigint as deal_id,
    '{{ var("default_brand") }}' as brand,
    coalesce(store_region, '{{ var("default_region") }}') as region,
    case when store_region is not null then 'store' end as region_source,
    null::text as order_number,
    closed_at as opened_at,
    'CARD' as first_id_type,
    card_number as first_id_value,
    'PHONE' as second_id_type,
    phone as second_id_value,
    null::text as third_id_type,
    null::text as third_id_value,
    source_problem,
    seq
from judged
