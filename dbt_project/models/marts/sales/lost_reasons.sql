-- One row per local month of loss, pipeline, stage lost from, reason, manager and last channel: deals that
-- are lost now, but for those of site orders, which the shop cancels. The reason is what the user field
-- of var deal_lost_reason_field says, else the name of the losing stage.
{{ config(materialized='view') }}

with losses as (
    select
        *,
        lag(stage_id) over of_deal as from_stage_id,
        lag(stage) over of_deal as from_stage,
        row_number() over (partition by deal_id order by stay_no desc) = 1 as is_last
    from {{ ref('deal_stage_event') }}
    window of_deal as (partition by deal_id order by stay_no)
)

select
    losses.entered_month as local_month,
    losses.category_id,
    losses.pipeline,
    coalesce(losses.from_stage_id, '(none)') as from_stage_id,
    coalesce(losses.from_stage, '(none)') as from_stage,
    coalesce(deals.written_reason, losses.stage) as reason,
    case when deals.written_reason is null then 'stage' else 'field' end as reason_told_by,
    losses.manager_id,
    losses.manager,
    losses.last_channel as channel,
    count(*) as deals_lost,
    case when count(*) = count(deals.amount_kopecks) then sum(deals.amount_kopecks)::bigint end
        as amount_kopecks
from losses
inner join {{ ref('int_sales__requests') }} as deals
    on losses.deal_id = deals.source_id and deals.kind = 'deal'
where losses.is_last and losses.semantic_id = 'F' and deals.order_id is null
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
