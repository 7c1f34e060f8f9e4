-- One row per owner, local month and brand with orders: how many in which state, and under which channel
-- and source the owner came first. An owner is a customer, or an order of nobody known.
{{ config(
    materialized='keyed',
    key='owner',
    unique_key=['owner', 'local_month', 'brand'],
    follows={
        'fct_conversion': {'by': {'owner': owner_of('entry')}},
        'int_journey__firsts': 'customer_uuid',
    },
    reads={
        'fct_conversion': [
            'conversion_id', 'customer_uuid', 'kind', 'is_paid', 'is_cancelled', 'at', 'brand', 'revenue_kopecks',
            'refund_kopecks',
        ],
        'int_journey__firsts': ['customer_uuid', 'channel', 'source'],
    },
    indexes=[{'columns': ['owner', 'local_month', 'brand'], 'unique': true}],
) }}

select
    {{ owner_of('orders') }} as owner,
    {{ local_date('orders.at', 'month') }} as local_month,
    orders.brand,
    coalesce(firsts.channel, '(unattributed)') as first_channel,
    case
        when firsts.channel is null then '(unattributed)'
        else coalesce(firsts.source, '(none)')
    end as first_source,
    count(*) as orders_placed,
    count(*) filter (where orders.is_paid and not orders.is_cancelled) as orders_paid,
    count(*) filter (where orders.is_cancelled) as orders_cancelled,
    count(distinct orders.customer_uuid) as customers,
    sum(orders.revenue_kopecks)::bigint as revenue_kopecks,
    sum(orders.refund_kopecks)::bigint as refunds_kopecks
from {{ ref('fct_conversion') }} as orders
left join {{ ref('int_journey__firsts') }} as firsts on orders.customer_uuid = firsts.customer_uuid
where orders.kind = 'order'
group by 1, 2, 3, 4, 5
