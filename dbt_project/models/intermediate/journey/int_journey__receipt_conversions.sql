-- One row per till sale, plus the receipts that are no usable sale, each with its problem.
-- A return lowers the sale it names. Money is what was paid beside bonuses, for both.
{{ config(materialized='view') }}

with receipts as (
    select
        *,
        row_number() over (partition by receipt_uid order by receipt_id) as copy_no
    from {{ ref('stg_loyalty__receipts') }}
),

returns as (
    select
        original_receipt_uid,
        sum(abs(total_kopecks) - abs(coalesce(bonus_spent_kopecks, 0)))::bigint as refund_minor,
        min(currency) as lowest_currency,
        max(currency) as highest_currency,
        max(_seq) as seq
    from receipts
    where kind = 'return' and copy_no = 1 and original_receipt_uid is not null
    group by original_receipt_uid
),

sold as (
    select distinct receipt_uid
    from receipts
    where kind = 'sale'
),

judged as (
    select
        receipts.*,
        returns.refund_minor,
        greatest(receipts._seq, returns.seq) as seq,
        case
            when receipts.receipt_uid is null then 'receipt without a number'
            when receipts.copy_no > 1 then 'receipt sent twice'
            when receipts.kind = 'return' then 'return without its sale'
            when receipts.kind <> 'sale' then 'unknown kind of receipt'
            when
                returns.lowest_currency <> receipts.currency or returns.highest_currency <> receipts.currency
                then 'refund in another currency'
        end as source_problem
    from receipts
    left join returns
        on
            receipts.receipt_uid = returns.original_receipt_uid
            and receipts.kind = 'sale'
            and receipts.copy_no = 1
    left join sold on receipts.original_receipt_uid = sold.receipt_uid
    -- A return of a known sale is inside the sale's row.
    where receipts.kind <> 'return' or sold.receipt_uid is null or receipts.copy_no > 1
)

select
    case
        when source_problem is null or source_problem = 'refund in another currency'
            then 'receipt:' || receipt_uid
        -- Its number may belong to a published sale.
        else 'receipt:' || coalesce(receipt_uid, '') || '#' || receipt_id
    end as conversion_id,
    'receipt' as kind,
    closed_at as at,
    kind as status,
    true as is_paid,
    false as is_cancelled,
    total_kopecks as amount_minor,
    0::bigint as delivery_minor,
    coalesce(bonus_spent_kopecks, 0) as bonus_minor,
    refund_minor,
    currency,
    null::bigint as order_id,
    null::bigint as deal_id,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    'CARD' as first_id_type,
    card_number as first_id_value,
    'PHONE' as second_id_type,
    phone as second_id_value,
    null::text as third_id_type,
    null::text as third_id_value,
    source_problem,
    seq
from judged
