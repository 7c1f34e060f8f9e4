-- One row per sold deal that no site order stands behind: won now, or won before it moved on to
-- another funnel, and not lost since. It happened when it first entered a won stage after its last loss; the
-- planned close date is not a time of sale.
{{ config(materialized='ephemeral') }}

with deals as (
    select deals.*
    from {{ ref('stg_crm__deals') }} as deals
    left join {{ ref('int_journey__order_deals') }} as order_deals on deals.deal_id = order_deals.deal_id
    where deals.stage_semantic_id is distinct from 'F' and order_deals.deal_id is null
),

entries as (
    select
        deals.deal_id,
        deals.category_id as present_category_id,
        coalesce(stages.category_id, 0) as category_id,
        stages.stage_semantic_id,
        stages.stage_entry_id,
        stages.entered_at,
        max(stages.entered_at) filter (where stages.stage_semantic_id = 'F') over (
            partition by deals.deal_id
        ) as lost_at
    from deals
    inner join {{ ref('stg_crm__stage_history') }} as stages on deals.deal_id = stages.owner_id
    where stages.entity_type_id = 2
),

-- Whether an entry is the last one of its funnel: a deal that was opened again there is not sold.
placed as (
    select
        *,
        coalesce(stage_semantic_id = 'S' and (lost_at is null or entered_at > lost_at), false) as is_won,
        row_number() over (
            partition by deal_id, category_id order by entered_at desc, stage_entry_id desc
        ) = 1 as is_last
    from entries
),

wins as (
    select
        deal_id,
        min(entered_at) filter (where is_won) as won_at,
        bool_or(is_won and is_last and category_id <> present_category_id) as has_moved_on
    from placed
    group by deal_id
)

select
    'deal:' || deals.deal_id as conversion_id,
    'deal' as kind,
    deals.deal_id as source_id,
    coalesce(wins.won_at, deals.closed_at, deals.created_at) as at,
    deals.stage_id as status,
    true as is_paid,
    false as is_cancelled,
    deals.opportunity_kopecks as amount_minor,
    0::bigint as delivery_minor,
    0::bigint as bonus_minor,
    0::bigint as refund_minor,
    deals.currency,
    null::bigint as order_id,
    deals.deal_id,
    '{{ var("default_brand") }}' as brand,
    coalesce(regions.region, '{{ var("default_region") }}') as region,
    regions.region_source,
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
left join {{ ref('int_journey__crm_regions') }} as regions
    on deals.contact_id = regions.record_id and regions.record_type = 'contact'
where deals.stage_semantic_id = 'S' or wins.has_moved_on
