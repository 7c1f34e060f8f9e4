-- What the hourly statistics count equals what the facts hold: nothing is lost or doubled by placing it.
{{ config(meta={'audit': 'statistics'}) }}

with hours as (
    select
        coalesce(sum(sessions), 0) as sessions,
        coalesce(sum(touches), 0) as touches,
        coalesce(sum(calls), 0) as calls,
        coalesce(sum(calls_answered), 0) as calls_answered,
        coalesce(sum(calls_other), 0) as calls_other,
        coalesce(sum(emails_opened), 0) as emails_opened,
        coalesce(sum(emails_clicked), 0) as emails_clicked,
        coalesce(sum(chats), 0) as chats,
        coalesce(sum(leads), 0) as leads,
        coalesce(sum(leads_junk), 0) as leads_junk,
        coalesce(sum(leads_qualified), 0) as leads_qualified,
        coalesce(sum(deals_won), 0) as deals_won,
        coalesce(sum(orders_placed), 0) as orders_placed,
        coalesce(sum(orders_paid), 0) as orders_paid,
        coalesce(sum(orders_cancelled), 0) as orders_cancelled,
        coalesce(sum(receipts), 0) as receipts,
        coalesce(sum(new_buyers), 0) as new_buyers,
        coalesce(sum(revenue_kopecks), 0) as revenue_kopecks,
        coalesce(sum(refunds_kopecks), 0) as refunds_kopecks,
        coalesce(sum(spend_kopecks), 0) as spend_kopecks,
        coalesce(sum(first_contacts), 0) as first_contacts
    from {{ ref('bl_omni_stats') }}
),

touches as (
    select
        count(*) filter (where touch_type = 'web_session') as sessions,
        count(*) as touches,
        count(*) filter (where touch_type = 'call') as calls,
        count(*) filter (where touch_type = 'call' and is_answered) as calls_answered,
        count(*) filter (where touch_type = 'call' and channel = 'Other traffic / Call') as calls_other,
        count(*) filter (where touch_type = 'email_open' and not is_machine) as emails_opened,
        count(*) filter (where touch_type = 'email_click' and not is_machine) as emails_clicked,
        count(*) filter (where touch_type = 'chat') as chats
    from {{ ref('fct_touch') }}
),

conversions as (
    select
        count(*) filter (where sold.kind = 'lead' and not {{ is_junk_conversion('sold') }}) as leads,
        count(*) filter (where {{ is_junk_conversion('sold') }}) as leads_junk,
        count(*) filter (where {{ is_qualified_lead('sold') }}) as leads_qualified,
        count(*) filter (where sold.kind = 'deal') as deals_won,
        count(*) filter (where sold.kind = 'order') as orders_placed,
        count(*) filter (where sold.kind = 'order' and sold.is_paid and not sold.is_cancelled) as orders_paid,
        count(*) filter (where sold.kind = 'order' and sold.is_cancelled) as orders_cancelled,
        count(*) filter (where sold.kind = 'receipt') as receipts,
        count(*) filter (where sold.is_first) as new_buyers,
        coalesce(sum(sold.revenue_kopecks), 0) as revenue_kopecks,
        coalesce(sum(sold.refund_kopecks), 0) as refunds_kopecks
    from {{ ref('fct_conversion') }} as sold
),

spend as (
    select coalesce(sum(net_kopecks), 0) as spend_kopecks
    from {{ ref('int_ads__spend') }}
),

customers as (
    select count(*) as first_contacts
    from (
        select customer_uuid from {{ ref('fct_touch') }}
        where customer_uuid is not null
        union
        select customer_uuid from {{ ref('fct_conversion') }}
        where customer_uuid is not null
    ) as seen
),

facts as (
    select
        touches.*,
        conversions.*,
        spend.*,
        customers.*
    from touches
    cross join conversions
    cross join spend
    cross join customers
)

select
    to_jsonb(hours) as hours,
    to_jsonb(facts) as facts
from hours
cross join facts
where to_jsonb(hours) <> to_jsonb(facts)
