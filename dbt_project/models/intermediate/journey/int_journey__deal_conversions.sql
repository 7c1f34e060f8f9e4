-- One row per won deal of this run that no site order stands behind.
-- It happened when the deal first entered a won stage; the planned close date is not a time of sale.
{{ config(materialized='view') }}

with deals as (
    select deals.*
    from {{ ref('int_journey__changed_conversions') }} as changed
    inner join {{ ref('stg_crm__deals') }} as deals on changed.source_id = deals.deal_id
    left join {{ ref('int_journey__order_deals') }} as order_deals on deals.deal_id = order_deals.deal_id
    where changed.kind = 'deal' and deals.stage_semantic_id = 'S' and order_deals.deal_id is null
),

wins as (
    select
        stages.owner_id as deal_id,
        min(stages.entered_at) as won_at
    from deals
    inner join {{ ref('stg_crm__stage_history') }} as stages on deals.deal_id = stages.owner_id
    where stages.entity_type_id = 2 and stages.stage_semantic_id = 'S'
    group by stages.owner_id
)

select
    'deal:' || deals.deal_id as conversion_id,
    'deal' as kind,
    coalesce(
        wins.won_at, case when deals.is_closed then deals.closes_at end, deals.created_at
    ) as at,
    deals.stage_id as status,
    true as is_paid,
    false as is_cancelled,
    coalesce(deals.opportunity_kopecks, 0) as amount_minor,
    0::bigint as delivery_minor,
    0::bigint as bonus_minor,
    0::bigint as refund_minor,
    deals.currency,
    null::bigint as order_id,
    deals.deal_id,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    deals.origin_id as order_number,
    deals.created_at as opened_at,
    'CONTACT' as first_id_type,
    deals.contact_id::text as first_id_value,
    'LEAD' as second_id_type,
    deals.lead_id::text as second_id_value,
    null::text as third_id_type,
    null::text as third_id_value,
    null::text as source_problem,
    deals._seq as seq
from deals
left join wins on deals.deal_id = wins.deal_id
