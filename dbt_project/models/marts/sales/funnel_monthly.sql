-- One row per local month of entry, pipeline, stage, manager and last channel: the deals that came to the
-- stage in that month, what became of them, and how long they stayed. A deal counts once, by its first
-- entry; a stage that it went past counts as passed. How it left is by its last stay there. Stays that go
-- on are censored as of what the run had read, so that open deals do not make a stage look quick.
{{ config(materialized='view') }}
{%- set cell = ['entered_month', 'category_id', 'stage_id', 'manager_id', 'channel'] %}

with entries as (
    select * from {{ ref('funnel_entries') }}
),

stays as (
    select
        entries.{{ cell | join(', entries.') }},
        greatest(0, coalesce(events.seconds, extract(epoch from bound.set_at - events.entered_at)))::bigint
            as seconds,
        events.left_at is not null as is_over
    from {{ ref('deal_stage_event') }} as events
    inner join entries
        on
            events.deal_id = entries.deal_id
            and events.category_id = entries.category_id
            and events.stage_id = entries.stage_id
    cross join {{ source('ops', 'bound') }} as bound
    where events.semantic_id = 'P'
),

{{ kaplan_meier('stays', cell) }},

counted as (
    select
        {{ cell | join(', ') }},
        count(*) as entered,
        count(*) filter (where is_skipped) as skipped,
        count(*) filter (where outcome in ('moved_on', 'won')) as moved_on,
        count(*) filter (where outcome = 'lost') as lost,
        count(*) filter (where outcome = 'open') as still_open,
        count(*) filter (where outcome in ('back', 'other_pipeline')) as moved_elsewhere
    from entries
    group by {{ cell | join(', ') }}
)

select
    counted.entered_month as local_month,
    counted.category_id,
    {{ pipeline_name('counted.category_id', 'categories.name') }} as pipeline,
    counted.stage_id,
    coalesce(stages.name, counted.stage_id) as stage,
    stages.sort_order as stage_order,
    counted.manager_id,
    {{ manager_name('counted.manager_id', 'managers.name') }} as manager,
    counted.channel,
    counted.entered,
    counted.skipped,
    counted.moved_on,
    counted.lost,
    counted.still_open,
    counted.moved_elsewhere,
    round(counted.moved_on / nullif(counted.entered, 0)::numeric, 6) as conversion,
    durations.median_seconds,
    durations.p90_seconds
from counted
left join durations
    on
        counted.entered_month = durations.entered_month
        and counted.category_id = durations.category_id
        and counted.stage_id = durations.stage_id
        and counted.manager_id is not distinct from durations.manager_id
        and counted.channel = durations.channel
left join {{ ref('int_sales__stages') }} as stages
    on counted.category_id = stages.category_id and counted.stage_id = stages.stage_id
left join {{ ref('stg_crm__categories') }} as categories on counted.category_id = categories.category_id
left join {{ ref('stg_crm__users') }} as managers on counted.manager_id = managers.user_id
