-- One row per order that an arrival may have changed: the order itself or its archived copy, its payments,
-- properties and points, a deal or a receipt that names or named it, its account turning out technical.
-- An order that takes a name over takes the deals and receipts of that name from another: both are here.
{% set watermark = since('marts') %}
{% set order_tables = ['stg_bitrix__order_versions', 'stg_bitrix__archived_order_versions'] %}
{{ config(news=true, distributed_by='order_id', indexes=[{'columns': ['order_id'], 'unique': true}]) }}
-- depends_on: {{ ref('int_journey__changed_receipts') }}, {{ ref('stg_bitrix__user_kinds') }}
-- depends_on: {{ ref('stg_bitrix__order_versions') }}, {{ ref('stg_bitrix__archived_order_versions') }}
-- depends_on: {{ ref('stg_bitrix__payment_versions') }}
-- depends_on: {{ ref('stg_bitrix__order_property_value_versions') }}
-- depends_on: {{ ref('stg_bitrix__order_property_versions') }}, {{ ref('stg_bitrix__user_versions') }}
-- depends_on: {{ ref('stg_crm__deal_versions') }}, {{ ref('stg_loyalty__transaction_versions') }}
{% if is_whole() %}
select order_id from {{ ref('stg_bitrix__orders') }}
union
select order_id from {{ ref('stg_bitrix__archived_orders') }}
where order_id is not null
{%- else %}
with deals as (
    {{ arrived('stg_crm__deal_versions', 'entry.origin_id', watermark) }}
),

names as (
    {{ arrived_order_names(watermark) }}
    union
    select origin_id as name from deals
    where origin_id is not null
    union
    select order_number as name
    from {{ ref('int_journey__changed_receipts') }}
    where order_number is not null
),

users as (
    select distinct user_id
    from {{ ref('stg_bitrix__user_versions') }}
    where _seq > {{ watermark }}
),

technical_users as (
    select users.user_id
    from users
    cross join
        lateral (
            select max(known.technical_seq) as known_since
            from {{ ref('stg_bitrix__user_kinds') }} as known
            where known.user_id = users.user_id
        ) as kind
    where kind.known_since > {{ watermark }}
),

properties as (
    select distinct order_property_id
    from {{ ref('stg_bitrix__order_property_versions') }}
    where _seq > {{ watermark }}
),

touched as (
    {% for versions in order_tables -%}
    {{ arrived(versions, 'entry.order_id as touched_id', watermark) }}
    union all
    select entry.order_id as touched_id
    from names
    inner join {{ ref(versions) }} as entry on {{ spelled_id('names.name') }} = entry.order_id
    union all
    select entry.order_id as touched_id
    from names
    inner join {{ ref(versions) }} as entry on names.name = entry.account_number
    union all
    select entry.order_id as touched_id
    from technical_users
    inner join {{ ref(versions) }} as entry on technical_users.user_id = entry.user_id
    union all
    {% endfor -%}
    {{ arrived('stg_bitrix__payment_versions', 'entry.order_id', watermark) }}
    union all
    {{ arrived('stg_bitrix__order_property_value_versions', 'entry.order_id', watermark) }}
    union all
    {{ arrived('stg_loyalty__transaction_versions', 'entry.order_id', watermark) }}
    union all
    select entry.order_id
    from properties
    inner join {{ ref('stg_bitrix__order_property_value_versions') }} as entry
        on properties.order_property_id = entry.order_property_id
)

select distinct touched_id as order_id
from touched
where touched_id is not null
{%- endif %}
