-- One row per touch or conversion as the hourly statistics count it: where it stands and what it adds.
{{ config(materialized='view') }}

select
    cell_id,
    customer_uuid,
    hour_utc,
    brand,
    region,
    channel,
    coalesce(source, '(none)') as source,
    coalesce(campaign, '(none)') as campaign,
    (touch_type = 'web_session')::int as sessions,
    1 as touches,
    (touch_type = 'call')::int as calls,
    (touch_type = 'call' and coalesce(is_answered, false))::int as calls_answered,
    -- A call that only the CRM noted does not say whether it was answered.
    coalesce(touch_type = 'call' and direction = 'in' and not is_answered, false)::int as calls_missed,
    (channel = 'Other traffic / Call')::int as calls_other,
    -- Opens by mail robots say nothing about the reader.
    (touch_type = 'email_open' and not is_machine)::int as emails_opened,
    (touch_type = 'email_click' and not is_machine)::int as emails_clicked,
    (touch_type = 'chat')::int as chats,
    0 as leads,
    0 as deals_won,
    0 as orders,
    0 as orders_paid,
    0 as orders_cancelled,
    0 as receipts,
    0::bigint as revenue_kopecks,
    0::bigint as refunds_kopecks,
    0::bigint as spend_kopecks
from {{ ref('fct_touch') }}
union all
select
    cell_id,
    customer_uuid,
    hour_utc,
    brand,
    region,
    channel,
    source,
    campaign,
    0 as sessions,
    0 as touches,
    0 as calls,
    0 as calls_answered,
    0 as calls_missed,
    0 as calls_other,
    0 as emails_opened,
    0 as emails_clicked,
    0 as chats,
    leads,
    deals_won,
    orders,
    orders_paid,
    orders_cancelled,
    receipts,
    revenue_kopecks,
    refunds_kopecks,
    0::bigint as spend_kopecks
from {{ ref('int_journey__conversion_events') }}
