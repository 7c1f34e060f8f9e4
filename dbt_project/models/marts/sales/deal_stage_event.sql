-- One row per stay of a deal in a stage, in order, with how it ended: moved_on (also past stages), back,
-- won, lost, other_pipeline, open while it goes on; of a stage in which deals end: closed, or reopened.
{{ config(materialized='view') }}

select
    stays.deal_id,
    stays.stay_no,
    stays.category_id,
    {{ pipeline_name('stays.category_id', 'categories.name') }} as pipeline,
    stays.stage_id,
    coalesce(stages.name, stays.stage_id) as stage,
    stages.sort_order as stage_order,
    stays.is_recorded,
    stays.entered_at,
    {{ local_date('stays.entered_at', 'month') }} as entered_month,
    stays.left_at,
    stays.seconds,
    stays.next_stage_id,
    coalesce(following.name, stays.next_stage_id) as next_stage,
    case
        when stays.semantic_id in ('S', 'F') and stays.left_at is null then 'closed'
        when stays.semantic_id in ('S', 'F') then 'reopened'
        when stays.left_at is null then 'open'
        when stays.next_semantic_id = 'S' then 'won'
        when stays.next_semantic_id = 'F' then 'lost'
        when stays.next_category_id <> stays.category_id then 'other_pipeline'
        when following.sort_order < stages.sort_order then 'back'
        else 'moved_on'
    end as outcome,
    stays.semantic_id,
    deals.manager_id,
    {{ manager_name('deals.manager_id', 'managers.name') }} as manager,
    coalesce(channels.first_channel, '(unattributed)') as first_channel,
    coalesce(channels.last_channel, '(unattributed)') as last_channel
from {{ ref('int_sales__stays') }} as stays
inner join {{ ref('int_sales__requests') }} as deals
    on stays.deal_id = deals.source_id and deals.kind = 'deal'
left join {{ ref('int_sales__channels') }} as channels
    on stays.deal_id = channels.source_id and channels.kind = 'deal'
left join {{ ref('int_sales__stages') }} as stages
    on stays.category_id = stages.category_id and stays.stage_id = stages.stage_id
left join {{ ref('int_sales__stages') }} as following
    on stays.next_category_id = following.category_id and stays.next_stage_id = following.stage_id
left join {{ ref('stg_crm__categories') }} as categories on stays.category_id = categories.category_id
left join {{ ref('stg_crm__users') }} as managers on deals.manager_id = managers.user_id
