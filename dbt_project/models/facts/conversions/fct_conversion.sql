-- One row per conversion with usable money: order, won deal without an order, till sale, lead.
{{ config(
    key='conversion_id',
    unique_key='conversion_id',
    follows={
        'int_journey__conversions': 'conversion_id',
        'int_journey__conversion_customers': 'conversion_id',
        'int_journey__purchases': 'conversion_id',
        'int_products__order_items': 'conversion_id',
        'int_journey__customer_regions': {
            'through': 'int_journey__conversion_customers', 'on': {'customer_uuid': 'customer_uuid'},
        },
    },
    reads={
        'int_products__order_items': [
            'item_id', 'conversion_id', 'part', 'discount_kopecks', 'vat_kopecks', 'cost_kopecks', 'margin_kopecks',
        ],
    },
    indexes=[
        {'columns': ['conversion_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
        {'columns': [owner_of('fct_conversion') | replace('fct_conversion.', '')]},
    ],
) }}

-- Of an order with lines each line tells; one that is unknown makes the sum unknown.
with items as (
    select
        conversion_id,
        count(*) filter (where part = 'product') > 0 as has_lines,
        sum(discount_kopecks)::bigint as discount_kopecks,
        case when count(*) = count(vat_kopecks) then sum(vat_kopecks)::bigint end as vat_kopecks,
        case
            when bool_and(part <> 'product' or cost_kopecks is not null) then sum(cost_kopecks)::bigint
        end as cost_kopecks,
        case
            when bool_and(part = 'delivery' or margin_kopecks is not null) then sum(margin_kopecks)::bigint
        end as margin_kopecks
    from {{ ref('int_products__order_items') }}
    group by conversion_id
)

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
    case when items.has_lines then items.margin_kopecks else conversions.margin_kopecks end as margin_kopecks,
    conversions.currency,
    conversions.rate::numeric(20, 8) as rate,
    conversions.order_id,
    conversions.deal_id,
    conversions.brand,
    case
        when conversions.region_source is null then coalesce(known.region, conversions.region)
        else conversions.region
    end as region,
    purchases.sequence_no,
    coalesce(purchases.sequence_no = 1, false) as is_first,
    conversions.seq,
    conversions.order_number,
    conversions.opened_at,
    case when items.has_lines then items.discount_kopecks end as discount_kopecks,
    items.vat_kopecks as sales_vat_kopecks,
    items.cost_kopecks,
    coalesce(conversions.region_source, case when known.region is not null then 'profile' end)
        as region_source
from {{ ref('int_journey__conversions') }} as conversions
inner join {{ ref('int_journey__conversion_customers') }} as customers
    on conversions.conversion_id = customers.conversion_id
left join {{ ref('int_journey__purchases') }} as purchases
    on conversions.conversion_id = purchases.conversion_id
left join {{ ref('int_journey__customer_regions') }} as known
    on customers.customer_uuid = known.customer_uuid
left join items on conversions.conversion_id = items.conversion_id
where conversions.quarantine_reason is null
