-- One row per conversion with usable money: order, won deal without an order, till sale, lead.
{{ config(
    key='conversion_id',
    unique_key='conversion_id',
    follows={
        'int_journey__conversions': 'conversion_id',
        'int_journey__conversion_customers': 'conversion_id',
        'int_journey__purchases': 'conversion_id',
    },
    distributed_by='conversion_id',
    indexes=[
        {'columns': ['conversion_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
        {'columns': [owner_of('fct_conversion') | replace('fct_conversion.', '')]},
    ],
) }}

select
    conversions.conversion_id,
    conversions.kind,
    customers.customer_uuid,
    conversions.at,
    conversions.status,
    conversions.is_paid,
    conversions.is_cancelled,
    conversions.gross_kopecks,
    conversions.received_kopecks,
    conversions.refund_kopecks,
    conversions.delivery_kopecks,
    conversions.bonus_kopecks,
    conversions.revenue_kopecks,
    conversions.margin_kopecks,
    conversions.currency,
    conversions.rate::numeric(20, 8) as rate,
    conversions.order_id,
    conversions.deal_id,
    conversions.brand,
    conversions.region,
    purchases.sequence_no,
    coalesce(purchases.sequence_no = 1, false) as is_first,
    conversions.seq,
    conversions.order_number,
    conversions.opened_at
from {{ ref('int_journey__conversions') }} as conversions
inner join {{ ref('int_journey__conversion_customers') }} as customers
    on conversions.conversion_id = customers.conversion_id
left join {{ ref('int_journey__purchases') }} as purchases
    on conversions.conversion_id = purchases.conversion_id
where conversions.quarantine_reason is null
