-- One row per conversion with usable money: order, won deal without an order, till sale, lead.
{{ config(
    distributed_by='conversion_id',
    indexes=[
        {'columns': ['conversion_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
    ],
) }}

with conversions as (
    select * from {{ ref('int_journey__conversions') }}
    where quarantine_reason is null
),

customers as (
    select
        id_type,
        id_value,
        customer_uuid
    from {{ ref('customer_identifier') }}
),

identified as (
    -- The first identifier that belongs to one customer; a shared phone falls through to the next.
    select
        conversions.*,
        coalesce(
            first_customer.customer_uuid, second_customer.customer_uuid, third_customer.customer_uuid
        ) as customer_uuid
    from conversions
    left join customers as first_customer
        on
            conversions.first_id_type = first_customer.id_type
            and conversions.first_id_value = first_customer.id_value
    left join customers as second_customer
        on
            conversions.second_id_type = second_customer.id_type
            and conversions.second_id_value = second_customer.id_value
    left join customers as third_customer
        on
            conversions.third_id_type = third_customer.id_type
            and conversions.third_id_value = third_customer.id_value
),

purchases as (
    select
        conversion_id,
        row_number() over (partition by customer_uuid order by at, conversion_id)::int as sequence_no
    from identified
    where customer_uuid is not null and is_paid and not is_cancelled and kind <> 'lead'
)

select
    identified.conversion_id,
    identified.kind,
    identified.customer_uuid,
    identified.at,
    identified.status,
    identified.is_paid,
    identified.is_cancelled,
    identified.gross_kopecks,
    identified.refund_kopecks,
    identified.delivery_kopecks,
    identified.bonus_kopecks,
    identified.revenue_kopecks,
    identified.currency,
    identified.rate,
    identified.order_id,
    identified.deal_id,
    identified.brand,
    identified.region,
    purchases.sequence_no,
    coalesce(purchases.sequence_no = 1, false) as is_first,
    identified.seq
from identified
left join purchases on identified.conversion_id = purchases.conversion_id
