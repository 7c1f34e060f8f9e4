-- One row per owner, local month and brand with orders that were not cancelled: how many, and under which
-- channel and source the owner came first. An owner is a customer, or an order of nobody known.
-- Written for owners with a changed touch or conversion: whatever moves a first contact is among them.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['owner', 'local_month', 'brand'],
    affected='int_attribution__affected_owners',
    affected_by=['owner'],
    logs=true,
    distributed_by='owner',
    indexes=[{'columns': ['owner', 'local_month', 'brand'], 'unique': true}],
) }}
-- depends_on: {{ ref('int_attribution__affected_owners') }}

with orders as (
    select
        coalesce(conversions.customer_uuid::text, conversions.conversion_id) as owner,
        conversions.customer_uuid,
        {{ local_month('conversions.at') }} as local_month,
        conversions.brand,
        conversions.revenue_kopecks
    from {{ conversions_of_owners(
        ref('fct_conversion'), ref('int_attribution__affected_owners'), is_whole()
    ) }} as conversions
    where conversions.kind = 'order' and not conversions.is_cancelled
)

select
    orders.owner,
    orders.local_month,
    orders.brand,
    coalesce(firsts.channel, '(unattributed)') as first_channel,
    case
        when firsts.channel is null then '(unattributed)'
        else coalesce(firsts.source, '(none)')
    end as first_source,
    count(*) as orders,
    count(distinct orders.customer_uuid) as customers,
    sum(orders.revenue_kopecks)::bigint as revenue_kopecks
from orders
left join {{ ref('int_journey__firsts') }} as firsts on orders.customer_uuid = firsts.customer_uuid
group by 1, 2, 3, 4, 5
