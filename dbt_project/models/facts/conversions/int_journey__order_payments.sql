-- One row per site order with the money that the shop says it received for it and gave back, in
-- minor units: from its payments; where none was made, from SUM_PAID; where that is empty, an order marked
-- paid (PAYED) brought its price, unless it is cancelled.
--
-- The shop returns a payment whole: IS_RETURN becomes Y (to the customer's account in the shop) or P (through
-- the payment system) and PAID becomes N once the money has left. So a returned payment came and went.
-- Exchanges with accounting also write a return as a row of its own: a sum below zero, or one that, still
-- PAID, does not fit into the price beside the payments that were kept.
{{ config(materialized='ephemeral') }}

with orders as (
    select * from {{ ref('int_journey__orders') }}
),

payments as (
    select
        payments.order_id,
        sum(payments.amount_kopecks) filter (
            where payments.is_paid and not payments.is_return and payments.amount_kopecks >= 0
        )::bigint as kept,
        sum(payments.amount_kopecks) filter (
            where payments.is_return and payments.amount_kopecks >= 0 and payments.is_paid is false
        )::bigint as gone,
        sum(payments.amount_kopecks) filter (
            where payments.is_return and payments.amount_kopecks >= 0 and payments.is_paid is not false
        )::bigint as returned,
        -sum(payments.amount_kopecks) filter (
            where (payments.is_paid or payments.is_return) and payments.amount_kopecks < 0
        )::bigint as paid_back,
        bool_or(
            {{ currency_code('payments.currency') }} is distinct from {{ currency_code('orders.currency') }}
        ) filter (where payments.is_return or payments.amount_kopecks < 0) as is_foreign,
        -- Then payments cannot be added up, and SUM_PAID, which is in the order's currency, tells.
        coalesce(bool_or(
            payments.amount_kopecks is null
            or {{ currency_code('payments.currency') }} <> {{ currency_code('orders.currency') }}
        ) filter (where payments.is_paid and not payments.is_return), false) as is_incomparable,
        max(payments._seq) as seq
    from orders
    inner join {{ ref('stg_bitrix__payments') }} as payments on orders.order_id = payments.order_id
    group by payments.order_id
),

told as (
    select
        orders.order_id,
        orders.price_kopecks,
        orders.paid_kopecks,
        case when not payments.is_incomparable then payments.kept end is null as is_told_by_order,
        coalesce(
            case when not payments.is_incomparable then payments.kept end,
            nullif(orders.paid_kopecks, 0),
            case when orders.is_paid and not orders.is_cancelled then orders.price_kopecks end,
            0
        ) as kept,
        coalesce(payments.gone, 0) as gone,
        coalesce(payments.returned, 0) as returned,
        coalesce(payments.paid_back, 0) as paid_back,
        coalesce(payments.is_foreign, false) as is_foreign,
        payments.seq
    from orders
    left join payments on orders.order_id = payments.order_id
),

-- What left was part of what the order tells, not a payment beside it.
parted as (
    select
        *,
        is_told_by_order or (gone > 0 and kept - gone = paid_kopecks) as is_part
    from told
),

read as (
    select
        *,
        case when is_part then 0 else gone end as came_and_went,
        case when is_part then gone + returned else returned end as given_back
    from parted
)

select
    order_id,
    came_and_went + greatest(kept, least(kept + given_back, price_kopecks), given_back) as received_minor,
    nullif(came_and_went + given_back + paid_back, 0) as refund_minor,
    is_foreign,
    seq
from read
