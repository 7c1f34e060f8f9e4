-- One row per UTC hour, brand, region, channel, source and campaign, with the shop's local hour and day.
-- When clocks go back two UTC hours share one local hour: group by local_date, or keep hour_utc.
{{ config(materialized='view') }}

select
    cell_id,
    hour_utc,
    hour_utc at time zone '{{ var("local_timezone") }}' as local_hour,
    {{ local_date('hour_utc') }} as local_date,
    brand,
    region,
    channel,
    source,
    campaign,
    sessions,
    touches,
    calls,
    calls_answered,
    calls_missed,
    calls_other,
    emails_opened,
    emails_clicked,
    chats,
    leads,
    deals_won,
    orders,
    orders_paid,
    orders_cancelled,
    receipts,
    revenue_kopecks,
    refunds_kopecks,
    spend_kopecks,
    customers,
    new_customers
from {{ ref('bl_omni_stats') }}
