-- One row per deal and stage that it entered, in order, with when it left; of a deal without a history the
-- stage in which it stands, since it was made. The customer is that of the deal's contact, else of its
-- lead.
{%- set owned = [] %}
{%- for type in ['contact', 'lead'] %}
{%- do owned.append({'through': 'stg_crm__deals', 'on':
    "entry.id_type = '" ~ type | upper ~ "' and entry.id_value = via." ~ type ~ "_id::text and via.stored_" ~ type
    ~ "_id = case when entry.id_type = '" ~ type | upper ~ "' then entry.id_value::bigint end"
}) %}
{%- endfor %}
{{ config(
    key='deal_id',
    unique_key=['deal_id', 'stage_entry_id'],
    follows={
        'stg_crm__deals': 'deal_id',
        'stg_crm__stage_history': {'by': {'deal_id': 'owner_id'}, 'when': 'entry.entity_type_id = 2'},
        'customer_identifier': owned,
    },
    reads={
        'stg_crm__deals': [
            'deal_id', 'category_id', 'stage_id', 'is_closed', 'contact_id', 'lead_id', 'stored_contact_id',
            'stored_lead_id', 'created_at',
        ],
        'stg_crm__stage_history': [
            'entity_type_id', 'stage_entry_id', 'owner_id', 'category_id', 'stage_id', 'entered_at',
        ],
        'customer_identifier': ['id_type', 'id_value', 'customer_uuid'],
    },
    indexes=[{'columns': ['deal_id', 'stage_entry_id'], 'unique': true}],
) }}

with entries as (
    select
        owner_id as deal_id,
        stage_entry_id,
        category_id,
        stage_id,
        entered_at,
        lead(entered_at) over (partition by owner_id order by entered_at, stage_entry_id) as left_at,
        row_number() over (partition by owner_id order by entered_at desc, stage_entry_id desc)
        = 1 as is_latest
    from {{ ref('stg_crm__stage_history') }}
    where entity_type_id = 2 and entered_at is not null
)

select
    deals.deal_id,
    coalesce(entries.stage_entry_id, 0) as stage_entry_id,
    coalesce(entries.category_id, deals.category_id) as category_id,
    coalesce(entries.stage_id, deals.stage_id) as stage_id,
    coalesce(entries.entered_at, deals.created_at) as entered_at,
    entries.left_at,
    not deals.is_closed and coalesce(entries.is_latest, true) as is_open,
    coalesce(by_contact.customer_uuid, by_lead.customer_uuid) as customer_uuid
from {{ ref('stg_crm__deals') }} as deals
left join entries on deals.deal_id = entries.deal_id
left join {{ ref('customer_identifier') }} as by_contact
    on by_contact.id_type = 'CONTACT' and deals.contact_id::text = by_contact.id_value
left join {{ ref('customer_identifier') }} as by_lead
    on by_lead.id_type = 'LEAD' and deals.lead_id::text = by_lead.id_value
