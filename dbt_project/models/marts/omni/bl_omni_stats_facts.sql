-- One row per touch, conversion and hour's share of an advertising cost: the row of bl_omni_stats that counts
-- it and what it adds to each measure. Filter by cell_id.
{{ config(materialized='view') }}

select
    facts.*,
    (firsts.customer_uuid is not null)::int as new_customers
from {{ ref('int_journey__omni_events') }} as facts
-- The touch or conversion that was a customer's very first.
left join {{ ref('int_journey__firsts') }} as firsts
    on
        facts.cell_id = firsts.cell_id
        and facts.fact || ' ' || facts.fact_id = firsts.event_id
