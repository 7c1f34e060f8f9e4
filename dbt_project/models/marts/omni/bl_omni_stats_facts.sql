-- One row per touch, conversion and hour's share of an advertising cost: the row of bl_omni_stats that counts
-- it and what it adds to each measure. Filter by cell_id.
{{ config(materialized='view') }}

select
    facts.fact,
    facts.fact_id,
    facts.at,
    facts.cell_id,
    facts.customer_uuid,
    facts.hour_utc,
    facts.brand,
    facts.region,
    facts.channel,
    facts.source,
    facts.campaign,
    facts.sessions,
    facts.touches,
    facts.calls,
    facts.calls_answered,
    facts.calls_missed,
    facts.calls_other,
    facts.emails_opened,
    facts.emails_clicked,
    facts.chats,
    facts.leads,
    facts.leads_junk,
    facts.leads_qualified,
    facts.deals_won,
    facts.orders_placed,
    facts.orders_paid,
    facts.orders_cancelled,
    facts.receipts,
    facts.new_buyers,
    facts.revenue_kopecks,
    facts.refunds_kopecks,
    facts.spend_kopecks,
    (firsts.customer_uuid is not null)::int as first_contacts
from {{ ref('int_journey__omni_events') }} as facts
-- The touch or conversion that was a customer's very first.
left join {{ ref('int_journey__firsts') }} as firsts
    on
        facts.cell_id = firsts.cell_id
        and facts.fact || ' ' || facts.fact_id = firsts.event_id
