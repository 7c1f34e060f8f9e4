-- One row per CRM lead: its present state, who has it, how soon it was answered, and the deal it became.
-- The clock of a first answer runs in working hours: that of a lead of the night starts when the office
-- opens.
{{ config(materialized='view') }}

with dictionary as (
    select distinct on (dictionary, status_id)
        dictionary,
        status_id,
        name
    from {{ ref('stg_crm__statuses') }}
    where dictionary in ('SOURCE', 'STATUS')
    order by dictionary asc, status_id asc, dictionary_id asc
),

leads as (
    select
        *,
        source_id as lead_number,
        stage_id as status,
        stage_id as status_id
    from {{ ref('int_sales__requests') }}
    where kind = 'lead'
),

-- What is said after it was closed is about something else.
answers as (
    select
        work.source_id as lead_id,
        work.last_activity_at,
        work.due_from,
        case
            when leads.closed_at is null or work.first_response_at <= leads.closed_at
                then work.first_response_at
        end as first_response_at
    from {{ ref('int_sales__work') }} as work
    inner join leads on work.source_id = leads.lead_number
    where work.kind = 'lead'
),

-- What a lead became is the first deal that names it.
deals as (
    select distinct on (lead_id)
        lead_id,
        source_id as deal_id,
        coalesce('order:' || order_id, 'deal:' || source_id) as conversion_id
    from {{ ref('int_sales__requests') }}
    where kind = 'deal' and lead_id is not null
    order by lead_id asc, created_at asc, source_id asc
)

select
    leads.lead_number as lead_id,
    leads.title,
    leads.status_id,
    coalesce(statuses.name, leads.status_id) as status,
    case leads.semantic_id when 'S' then 'converted' when 'F' then 'refused' else 'open' end as state,
    {{ is_junk_lead('leads') }} as is_junk,
    {{ is_qualified_lead('leads') }} as is_qualified,
    leads.manager_id,
    {{ manager_name('leads.manager_id', 'managers.name') }} as manager,
    leads.amount_kopecks,
    (leads.amount_minor / 100.0)::numeric(20, 2) as amount,
    leads.currency,
    coalesce(sources.name, nullif(leads.crm_source_id, '')) as crm_source,
    customers.customer_uuid,
    leads.contact_id,
    coalesce(channels.first_channel, '(unattributed)') as first_channel,
    channels.first_source,
    coalesce(channels.last_channel, '(unattributed)') as last_channel,
    channels.last_source,
    channels.last_campaign,
    deals.deal_id,
    conversions.conversion_id,
    conversions.revenue_kopecks,
    leads.created_at,
    leads.modified_at,
    leads.closed_at,
    answers.last_activity_at,
    answers.first_response_at,
    round(extract(epoch from answers.first_response_at - leads.created_at))::bigint as first_response_seconds,
    -- An answer before the office opened; greatest() alone would make 0 of none.
    case
        when answers.first_response_at < answers.due_from then 0
        else round(extract(epoch from answers.first_response_at - answers.due_from))
    end::bigint as first_response_work_seconds,
    round(extract(epoch from case
        when leads.semantic_id in ('S', 'F') then leads.closed_at
        else bound.set_at
    end - leads.created_at) / 86400, 1)::numeric(10, 1) as days_open
from leads
cross join {{ source('ops', 'bound') }} as bound
left join answers on leads.lead_number = answers.lead_id
left join {{ ref('int_sales__customers') }} as customers
    on leads.lead_number = customers.source_id and customers.kind = 'lead'
left join {{ ref('int_sales__channels') }} as channels
    on leads.lead_number = channels.source_id and channels.kind = 'lead'
left join dictionary as statuses on leads.status_id = statuses.status_id and statuses.dictionary = 'STATUS'
left join dictionary as sources on leads.crm_source_id = sources.status_id and sources.dictionary = 'SOURCE'
left join {{ ref('stg_crm__users') }} as managers on leads.manager_id = managers.user_id
left join deals on leads.lead_number = deals.lead_id
left join {{ ref('fct_conversion') }} as conversions on deals.conversion_id = conversions.conversion_id
