-- One row per site order with its money in minor units: its price before points, what shop and
-- till received and gave back, the points spent on it.
{{ config(materialized='ephemeral') }}

with orders as (
    select * from {{ ref('int_journey__orders') }}
),

points as (
    select
        entries.order_id,
        greatest(-sum(entries.amount_kopecks), 0)::bigint as spent_minor,
        max(entries._seq) as seq
    from orders
    inner join {{ ref('stg_loyalty__order_points') }} as entries on orders.order_id = entries.order_id
    -- Points given back for what was cancelled or returned are not spent.
    where entries.transaction_type in ('spend', 'refund_spend')
    group by entries.order_id
),

paid as (
    select
        receipts.order_id,
        receipts.kind,
        receipts.total_kopecks,
        receipts.bonus_spent_kopecks,
        -- Beside bonuses; returns are written with either sign.
        abs(receipts.total_kopecks) - abs(coalesce(receipts.bonus_spent_kopecks, 0)) as paid_minor,
        {{ currency_code('receipts.currency') }} as currency,
        {{ currency_code('orders.currency') }} as order_currency,
        receipts._seq
    from orders
    inner join {{ ref('int_journey__till_receipts') }} as receipts on orders.order_id = receipts.order_id
),

tills as (
    select
        order_id,
        sum(paid_minor) filter (where kind = 'sale')::bigint as received_minor,
        sum(paid_minor) filter (where kind = 'return')::bigint as refund_minor,
        sum(bonus_spent_kopecks) filter (where kind = 'sale')::bigint as spent_minor,
        sum(
            case kind when 'sale' then 1 when 'return' then -1 end * abs(total_kopecks)
        )::bigint as kept_minor,
        bool_or(currency is distinct from order_currency) as is_foreign,
        max(_seq) as seq
    from paid
    group by order_id
),

told as (
    select
        orders.order_id,
        -- Points spent on the site are off the order's price already, those spent at the till are not.
        orders.price_kopecks + coalesce(points.spent_minor, 0) as amount_minor,
        -- One spending or one return may be told twice, by the shop and by the till.
        greatest(points.spent_minor, tills.spent_minor, 0) as bonus_minor,
        greatest(payments.refund_minor, tills.refund_minor) as refund_minor,
        payments.received_minor as shop_minor,
        tills.received_minor as till_minor,
        greatest(tills.spent_minor - coalesce(points.spent_minor, 0), 0) as till_bonus_minor,
        not orders.is_cancelled and (
            orders.is_paid
            or (orders.price_kopecks = 0 and points.spent_minor > 0)
            or coalesce(tills.kept_minor > 0, false)
        ) as is_settled,
        case
            when payments.is_foreign then 'refund in another currency'
            when tills.is_foreign then 'receipt in another currency'
        end as source_problem,
        greatest(payments.seq, points.seq, tills.seq) as seq
    from orders
    inner join {{ ref('int_journey__order_payments') }} as payments on orders.order_id = payments.order_id
    left join points on orders.order_id = points.order_id
    left join tills on orders.order_id = tills.order_id
),

-- Shop and till may tell of two parts or twice of one: together they are what there was to pay. The shop
-- does not know of points spent at the till. What came back had come.
received as (
    select
        *,
        coalesce(
            nullif(
                case
                    when till_minor is null then shop_minor
                    else
                        greatest(
                            shop_minor - till_bonus_minor,
                            till_minor,
                            least(shop_minor + till_minor, amount_minor - bonus_minor)
                        )
                end, 0
            ),
            refund_minor,
            0
        ) as received_minor
    from told
)

select
    order_id,
    amount_minor,
    received_minor,
    refund_minor,
    bonus_minor,
    -- Money of the customer is held, or points alone settled it.
    received_minor > coalesce(refund_minor, 0)
    or (received_minor = 0 and coalesce(refund_minor, 0) = 0 and is_settled) as is_paid,
    source_problem,
    seq
from received
