-- One row per CRM lead and deal: its present state, its amount in kopecks of the base currency at the rate
-- of the day it was made, and the identifiers by which its customer is known.
{%- set deal = {'kind': "'deal'", 'source_id': 'deal_id'} %}
{%- set field = var('deal_lost_reason_field') | replace("'", "''") %}
{{ config(
    key=['kind', 'source_id'],
    unique_key=['kind', 'source_id'],
    follows={
        'stg_crm__deals': {'by': deal},
        'stg_crm__leads': {'by': {'kind': "'lead'", 'source_id': 'lead_id'}},
        'int_journey__order_deals': {'by': deal},
    },
    reads_as_rule=['exchange_rates'],
    indexes=[
        {'columns': ['kind', 'source_id'], 'unique': true},
        {'columns': ['first_id_type', 'first_id_value']},
        {'columns': ['second_id_type', 'second_id_value']},
    ],
) }}

with told as (
    select
        'deal' as kind,
        deals.deal_id as source_id,
        deals.title,
        deals.category_id,
        deals.stage_id,
        deals.stage_semantic_id as semantic_id,
        deals.source_id as crm_source_id,
        deals.assigned_by_id as manager_id,
        deals.contact_id,
        deals.lead_id,
        deals.opportunity_kopecks as amount_minor,
        deals.currency,
        nullif(trim(deals.fields ->> '{{ field }}'), '') as written_reason,
        deals.created_at,
        deals.modified_at,
        case when deals.stage_semantic_id in ('S', 'F') then deals.closed_at end as closed_at,
        'CONTACT' as first_id_type,
        deals.contact_id::text as first_id_value,
        'LEAD' as second_id_type,
        deals.lead_id::text as second_id_value
    from {{ ref('stg_crm__deals') }} as deals
    union all
    select
        'lead' as kind,
        leads.lead_id as source_id,
        leads.title,
        null as category_id,
        leads.status_id as stage_id,
        leads.status_semantic_id as semantic_id,
        leads.source_id as crm_source_id,
        leads.assigned_by_id as manager_id,
        leads.contact_id,
        leads.lead_id,
        leads.opportunity_kopecks as amount_minor,
        leads.currency,
        null as written_reason,
        leads.created_at,
        leads.modified_at,
        leads.closed_at,
        'LEAD' as first_id_type,
        leads.lead_id::text as first_id_value,
        'CONTACT' as second_id_type,
        leads.contact_id::text as second_id_value
    from {{ ref('stg_crm__leads') }} as leads
),

rates as (
    {{ periods_of(ref('exchange_rates'), 'currency', 'rate') }}
)

select
    told.kind,
    told.source_id,
    told.title,
    told.category_id,
    told.stage_id,
    told.semantic_id,
    told.crm_source_id,
    told.manager_id,
    told.contact_id,
    told.lead_id,
    orders.order_id,
    told.amount_minor,
    {{ currency_code('told.currency') }} as currency,
    -- Without a rate unknown, not one to one.
    {{ converted_kopecks('told.amount_minor', 'rates.rate') }} as amount_kopecks,
    told.written_reason,
    told.created_at,
    told.modified_at,
    told.closed_at,
    told.first_id_type,
    told.first_id_value,
    told.second_id_type,
    told.second_id_value
from told
left join rates
    on
        upper(told.currency) = rates.currency
        and {{ local_date('told.created_at') }} >= rates.valid_from
        and {{ local_date('told.created_at') }} < rates.valid_before
left join {{ ref('int_journey__order_deals') }} as orders
    on told.kind = 'deal' and told.source_id = orders.deal_id
