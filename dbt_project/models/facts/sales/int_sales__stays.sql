-- One row per stay of a deal in a stage, in order. Entries that repeat the stage the deal is in are one
-- stay. What the portal's history does not tell is filled in: a deal without any is in its stage since it
-- was made; one that was changed after its last entry, and is elsewhere, moved when it was closed or
-- changed.
{{ config(
    key='deal_id',
    unique_key=['deal_id', 'stay_no'],
    follows={
        'stg_crm__deals': 'deal_id',
        'stg_crm__stage_history': {'by': {'deal_id': 'owner_id'}, 'when': 'entry.entity_type_id = 2'},
    },
    reads={
        'stg_crm__deals': [
            'deal_id', 'category_id', 'stage_id', 'stage_semantic_id', 'created_at', 'modified_at', 'closed_at',
        ],
        'stg_crm__stage_history': [
            'entity_type_id', 'stage_entry_id', 'owner_id', 'category_id', 'stage_id', 'stage_semantic_id', 'entered_at',
        ],
    },
    indexes=[{'columns': ['deal_id', 'stay_no'], 'unique': true}],
) }}

with entries as (
    select
        deals.deal_id,
        coalesce(stages.category_id, 0) as category_id,
        stages.stage_id,
        coalesce(stages.stage_semantic_id, 'P') as semantic_id,
        stages.entered_at,
        stages.stage_entry_id
    from {{ ref('stg_crm__deals') }} as deals
    inner join {{ ref('stg_crm__stage_history') }} as stages on deals.deal_id = stages.owner_id
    where stages.entity_type_id = 2 and stages.entered_at is not null and stages.stage_id <> ''
),

lasts as (
    select distinct on (deal_id)
        deal_id,
        category_id,
        stage_id,
        entered_at
    from entries
    order by deal_id asc, entered_at desc, stage_entry_id desc
),

present as (
    select
        deals.deal_id,
        deals.category_id,
        deals.stage_id,
        coalesce(deals.stage_semantic_id, 'P') as semantic_id,
        case
            when lasts.deal_id is null and deals.stage_semantic_id in ('S', 'F')
                then coalesce(deals.closed_at, deals.created_at)
            when lasts.deal_id is null then deals.created_at
            else greatest(coalesce(deals.closed_at, deals.modified_at), lasts.entered_at)
        end as entered_at
    from {{ ref('stg_crm__deals') }} as deals
    left join lasts on deals.deal_id = lasts.deal_id
    where
        deals.stage_id <> ''
        and (
            lasts.deal_id is null
            or (
                (deals.category_id, deals.stage_id) <> (lasts.category_id, lasts.stage_id)
                and deals.modified_at > lasts.entered_at
            )
        )
),

known as (
    select
        deal_id,
        category_id,
        stage_id,
        semantic_id,
        entered_at,
        stage_entry_id
    from entries
    union all
    select
        deal_id,
        category_id,
        stage_id,
        semantic_id,
        entered_at,
        null::bigint as stage_entry_id
    from present
    where entered_at is not null
),

-- Null for the first entry, which is a change.
followed as (
    select
        *,
        lag(category_id) over of_deal = category_id and lag(stage_id) over of_deal = stage_id as is_repeated
    from known
    window of_deal as (partition by deal_id order by entered_at, stage_entry_id)
)

select
    deal_id,
    row_number() over of_deal as stay_no,
    category_id,
    stage_id,
    semantic_id,
    stage_entry_id is not null as is_recorded,
    entered_at,
    lead(entered_at) over of_deal as left_at,
    round(extract(epoch from lead(entered_at) over of_deal - entered_at))::bigint as seconds,
    lead(category_id) over of_deal as next_category_id,
    lead(stage_id) over of_deal as next_stage_id,
    lead(semantic_id) over of_deal as next_semantic_id
from followed
where is_repeated is not true
window of_deal as (partition by deal_id order by entered_at, stage_entry_id)
