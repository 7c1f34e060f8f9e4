-- One row per deal, pipeline and stage on the way that the deal came to or went past: when it first did,
-- and how it left: by its last stay there, moved on where it went past.
{{ config(materialized='ephemeral') }}

with events as (
    select
        *,
        last_channel as channel,
        -- Behind every stage: the deal was won, and has passed them all.
        case semantic_id when 'S' then 9223372036854775807 else stage_order end as reached
    from {{ ref('deal_stage_event') }}
),

stood as (
    select
        deal_id,
        category_id,
        stage_id,
        min(manager_id) as manager_id,
        min(channel) as channel,
        min(entered_at) as entered_at,
        (array_agg(outcome order by stay_no desc))[1] as outcome
    from events
    where semantic_id = 'P'
    group by deal_id, category_id, stage_id
),

passed as (
    select
        events.deal_id,
        events.category_id,
        stages.stage_id,
        min(events.manager_id) as manager_id,
        min(events.channel) as channel,
        min(events.entered_at) as entered_at
    from events
    inner join {{ ref('int_sales__stages') }} as stages
        on events.category_id = stages.category_id and events.reached > stages.sort_order
    left join stood
        on
            events.deal_id = stood.deal_id
            and stages.category_id = stood.category_id
            and stages.stage_id = stood.stage_id
    where stages.semantic_id = 'P' and events.semantic_id <> 'F' and stood.deal_id is null
    group by events.deal_id, events.category_id, stages.stage_id
)

select
    deal_id,
    category_id,
    stage_id,
    manager_id,
    channel,
    {{ local_date('entered_at', 'month') }} as entered_month,
    outcome,
    false as is_skipped
from stood
union all
select
    deal_id,
    category_id,
    stage_id,
    manager_id,
    channel,
    {{ local_date('entered_at', 'month') }} as entered_month,
    'moved_on' as outcome,
    true as is_skipped
from passed
