-- One row per CRM deal: its present state, who has it, where its customer came from, what it became, and
-- since when nothing has happened. Days are counted up to what the run had read.
{{ config(materialized='view') }}

with stays as (
    select distinct on (deal_id)
        deal_id,
        entered_at
    from {{ ref('int_sales__stays') }}
    order by deal_id asc, stay_no desc
),

sources as (
    select distinct on (status_id)
        status_id,
        name
    from {{ ref('stg_crm__statuses') }}
    where dictionary = 'SOURCE'
    order by status_id asc, dictionary_id asc
),

deals as (
    select
        *,
        source_id as deal_id,
        coalesce('order:' || order_id, 'deal:' || source_id) as conversion_id,
        case semantic_id when 'S' then 'won' when 'F' then 'lost' else 'open' end as state
    from {{ ref('int_sales__requests') }}
    where kind = 'deal'
),

timed as (
    select
        deals.*,
        stays.entered_at as stage_entered_at,
        work.last_activity_at,
        greatest(deals.created_at, stays.entered_at, work.last_activity_at) as moved_at,
        bound.set_at as now
    from deals
    left join stays on deals.deal_id = stays.deal_id
    left join {{ ref('int_sales__work') }} as work on deals.deal_id = work.source_id and work.kind = 'deal'
    cross join {{ source('ops', 'bound') }} as bound
)

select
    timed.deal_id,
    timed.title,
    timed.category_id,
    {{ pipeline_name('timed.category_id', 'categories.name') }} as pipeline,
    timed.stage_id,
    coalesce(stages.name, timed.stage_id) as stage,
    timed.state,
    timed.manager_id,
    {{ manager_name('timed.manager_id', 'managers.name') }} as manager,
    timed.amount_kopecks,
    (timed.amount_minor / 100.0)::numeric(20, 2) as amount,
    timed.currency,
    coalesce(sources.name, nullif(timed.crm_source_id, '')) as crm_source,
    customers.customer_uuid,
    timed.lead_id,
    coalesce(channels.first_channel, '(unattributed)') as first_channel,
    channels.first_source,
    coalesce(channels.last_channel, '(unattributed)') as last_channel,
    channels.last_source,
    channels.last_campaign,
    timed.order_id,
    conversions.conversion_id,
    conversions.revenue_kopecks,
    timed.created_at,
    timed.modified_at,
    timed.closed_at,
    timed.stage_entered_at,
    timed.last_activity_at,
    case when timed.state = 'open' then timed.moved_at end as stalled_since,
    round(extract(epoch from case
        when timed.state = 'open' then timed.now - timed.created_at
        else timed.closed_at - timed.created_at
    end) / 86400, 1)::numeric(10, 1) as days_open,
    case
        when timed.state = 'open'
            then greatest(0, round(extract(epoch from timed.now - timed.moved_at) / 86400, 1))::numeric(10, 1)
    end as days_stalled
from timed
left join {{ ref('int_sales__customers') }} as customers
    on timed.deal_id = customers.source_id and customers.kind = 'deal'
left join {{ ref('int_sales__channels') }} as channels
    on timed.deal_id = channels.source_id and channels.kind = 'deal'
left join {{ ref('int_sales__stages') }} as stages
    on timed.category_id = stages.category_id and timed.stage_id = stages.stage_id
left join {{ ref('stg_crm__categories') }} as categories on timed.category_id = categories.category_id
left join {{ ref('stg_crm__users') }} as managers on timed.manager_id = managers.user_id
left join sources on timed.crm_source_id = sources.status_id
left join {{ ref('fct_conversion') }} as conversions on timed.conversion_id = conversions.conversion_id
