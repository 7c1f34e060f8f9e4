-- One row per till sale of this run that belongs to no site order, plus the receipts that are no usable
-- sale, each with its problem. A return lowers the sale it names. Money is what was paid beside bonuses.
{{ config(materialized='view') }}

with receipts as (
    select * from {{ ref('int_journey__till_receipts') }}
),

returns as (
    select
        receipts.original_receipt_uid,
        sum({{ paid_at_till('receipts') }})::bigint as refund_minor,
        sum(abs(receipts.total_kopecks))::bigint as returned_minor,
        bool_or(
            {{ currency_code('receipts.currency') }} is distinct from {{ currency_code('sales.currency') }}
        ) as is_foreign,
        max(receipts._seq) as seq
    from receipts
    inner join receipts as sales
        on receipts.original_receipt_uid = sales.receipt_uid and sales.kind = 'sale' and not sales.is_copy
    where receipts.kind = 'return' and receipts.receipt_uid is not null and not receipts.is_copy
    group by receipts.original_receipt_uid
),

judged as (
    select
        receipts.*,
        returns.refund_minor,
        returns.returned_minor,
        greatest(receipts._seq, returns.seq) as seq,
        case
            when receipts.receipt_uid is null then 'receipt without a number'
            when receipts.is_copy then 'receipt sent twice'
            when receipts.kind = 'return' then 'return without its sale'
            when coalesce(receipts.kind, '') <> 'sale' then 'unknown kind of receipt'
            when returns.is_foreign then 'refund in another currency'
        end as source_problem
    from receipts
    left join returns
        on
            receipts.receipt_uid = returns.original_receipt_uid
            and receipts.kind = 'sale'
            and not receipts.is_copy
    -- What belongs to an order is inside the order's row, a return of a known sale inside the sale's.
    where
        receipts.order_id is null
        and (
            coalesce(receipts.kind, '') <> 'return'
            or not receipts.is_of_known_sale
            or receipts.is_copy
            or receipts.receipt_uid is null
        )
),

named as (
    select
        *,
        case
            when source_problem is null or source_problem = 'refund in another currency'
                then 'receipt:' || receipt_uid
            -- Its number may belong to a published sale.
            else 'receipt:' || coalesce(receipt_uid, '') || '#' || receipt_id
        end as conversion_id
    from judged
)

select
    named.conversion_id,
    'receipt' as kind,
    named.closed_at as at,
    named.kind as status,
    -- Points count: what they alone paid for was bought, until all of it came back.
    coalesce(named.total_kopecks > named.returned_minor, true) as is_paid,
    false as is_cancelled,
    named.total_kopecks as amount_minor,
    0::bigint as delivery_minor,
    coalesce(named.bonus_spent_kopecks, 0) as bonus_minor,
    named.refund_minor,
    named.currency,
    null::bigint as order_id,
    null::bigint as deal_id,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    null::text as order_number,
    named.closed_at as opened_at,
    'CARD' as first_id_type,
    named.card_number as first_id_value,
    'PHONE' as second_id_type,
    named.phone as second_id_value,
    null::text as third_id_type,
    null::text as third_id_value,
    named.source_problem,
    named.seq
from named
-- Receipts that are here only for the sake of an order or a sale did not change.
inner join {{ ref('int_journey__changed_conversions') }} as changed
    on named.conversion_id = changed.conversion_id
