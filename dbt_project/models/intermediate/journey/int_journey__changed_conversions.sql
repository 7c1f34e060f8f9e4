-- One row per conversion that an arrival may have changed, with the key of its source row. One that vanished
-- is among them; so is a deal whose order came or went, since it stops or starts to be a conversion.
{% set watermark = since('marts') %}
{{ config(
    news=true,
    distributed_by='conversion_id',
    indexes=[{'columns': ['conversion_id'], 'unique': true}],
) }}
-- depends_on: {{ ref('stg_bitrix__order_versions') }}, {{ ref('stg_bitrix__archived_order_versions') }}
-- depends_on: {{ ref('stg_crm__deal_versions') }}, {{ ref('stg_crm__lead_versions') }}
-- depends_on: {{ ref('stg_crm__stage_versions') }}
{% if is_whole() %}
with deals as (
    select deal_id from {{ ref('stg_crm__deals') }}
),

leads as (
    select lead_id from {{ ref('stg_crm__leads') }}
),
{%- else %}
with order_names as (
    {{ arrived_order_names(watermark) }}
),

stages as (
    {{ arrived('stg_crm__stage_versions', 'entry.entity_type_id, entry.owner_id', watermark) }}
),

deals as (
    select deal_id
    from {{ ref('stg_crm__deal_versions') }}
    where _seq > {{ watermark }}
    union
    select owner_id as deal_id from stages
    where entity_type_id = 2 and owner_id is not null
    union
    select entry.deal_id
    from order_names
    inner join {{ ref('stg_crm__deal_versions') }} as entry on order_names.name = entry.origin_id
),

leads as (
    select distinct lead_id
    from {{ ref('stg_crm__lead_versions') }}
    where _seq > {{ watermark }}
),
{%- endif %}

-- A receipt that is no usable sale is told apart by its id: its number may belong to a published one.
receipts as (
    select 'receipt:' || receipt_uid as conversion_id
    from {{ ref('int_journey__changed_receipts') }}
    where receipt_uid is not null
    union
    select 'receipt:' || coalesce(receipt_uid, '') || '#' || receipt_id as conversion_id
    from {{ ref('int_journey__changed_receipts') }}
)

select
    'order:' || order_id as conversion_id,
    'order' as kind,
    order_id as source_id
from {{ ref('int_journey__changed_orders') }}
union all
select
    'deal:' || deal_id as conversion_id,
    'deal' as kind,
    deal_id as source_id
from deals
union all
select
    'lead:' || lead_id as conversion_id,
    'lead' as kind,
    lead_id as source_id
from leads
union all
select
    conversion_id,
    'receipt' as kind,
    null::bigint as source_id
from receipts
