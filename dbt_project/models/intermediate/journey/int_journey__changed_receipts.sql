-- One row per till receipt and number it had or has, of those that an arrival may have changed: the receipt
-- came, changed or went, or another with its number did, its sale, its return, or the order that it names.
{% set watermark = since('marts') %}
{{ config(news=true, distributed_by='receipt_id', indexes=[{'columns': ['receipt_uid']}]) }}
-- depends_on: {{ ref('stg_bitrix__order_versions') }}, {{ ref('stg_bitrix__archived_order_versions') }}
-- depends_on: {{ ref('stg_loyalty__receipt_versions') }}
{% if is_whole() %}
select
    receipt_id,
    receipt_uid,
    order_number
from {{ ref('stg_loyalty__receipts') }}
{%- else %}
{% set columns = 'entry.receipt_id, entry.receipt_uid, entry.original_receipt_uid, entry.order_number' %}
with names as (
    {{ arrived_order_names(watermark) }}
),

arrivals as (
    {{ arrived('stg_loyalty__receipt_versions', columns, watermark) }}
),

-- Any version of a receipt counts here: what it was may have to be taken back.
moved as (
    select * from arrivals
    union
    select {{ columns }}
    from arrivals
    inner join {{ ref('stg_loyalty__receipt_versions') }} as entry
        on arrivals.receipt_uid = entry.receipt_uid
    union
    select {{ columns }}
    from names
    inner join {{ ref('stg_loyalty__receipt_versions') }} as entry on names.name = entry.order_number
),

related as (
    select * from moved
    union
    select {{ columns }}
    from moved
    inner join {{ ref('stg_loyalty__receipt_versions') }} as entry
        on moved.original_receipt_uid = entry.receipt_uid
    union
    select {{ columns }}
    from moved
    inner join {{ ref('stg_loyalty__receipt_versions') }} as entry
        on moved.receipt_uid = entry.original_receipt_uid
)

select distinct
    receipt_id,
    receipt_uid,
    nullif(order_number, '') as order_number
from related
{%- endif %}
