-- One row per order that an arrival may have changed: the order itself or its archived copy, its payments,
-- properties and points, a deal or a receipt that names or named it, its account turning out technical.
-- An order that takes a name over takes the deals and receipts of that name from another: both are here.
{% set watermark = since('marts') %}
{% set order_tables = [('b_sale_order', 'id'), ('b_sale_order_archive', 'order_id')] %}
{{ config(news=true, distributed_by='order_id', indexes=[{'columns': ['order_id'], 'unique': true}]) }}
-- depends_on: {{ ref('int_journey__changed_receipts') }}, {{ ref('stg_bitrix__user_kinds') }}
{% if is_whole() %}
select order_id from {{ ref('stg_bitrix__orders') }}
union
select order_id from {{ ref('stg_bitrix__archived_orders') }}
{%- else %}
with deals as (
    {{ arrived('raw_crm', 'deal', 'entry.origin_id', watermark) }}
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
    select distinct entry.id as user_id
    from {{ source('raw_bitrix', 'b_user') }} as entry
    where entry._seq > {{ watermark }} and entry._seq <= {{ up_to_seq() }}
),

technical_users as (
    select users.user_id
    from users
    cross join
        lateral (
            select max(known._seq) as known_since
            from {{ ref('stg_bitrix__user_kinds') }} as known
            where known.user_id = users.user_id and known.is_technical
        ) as kind
    where kind.known_since > {{ watermark }}
),

properties as (
    select distinct entry.id as order_property_id
    from {{ source('raw_bitrix', 'b_sale_order_props') }} as entry
    where entry._seq > {{ watermark }} and entry._seq <= {{ up_to_seq() }}
),

touched as (
    {% for table, key in order_tables -%}
    {{ arrived('raw_bitrix', table, 'entry.' ~ key ~ ' as touched_id', watermark) }}
    union all
    select entry.{{ key }} as touched_id
    from names
    inner join {{ source('raw_bitrix', table) }} as entry on {{ spelled_id('names.name') }} = entry.{{ key }}
    union all
    select entry.{{ key }} as touched_id
    from names
    inner join {{ source('raw_bitrix', table) }} as entry on names.name = entry.account_number
    union all
    select entry.{{ key }} as touched_id
    from technical_users
    inner join {{ source('raw_bitrix', table) }} as entry on technical_users.user_id = entry.user_id
    union all
    {% endfor -%}
    {{ arrived('raw_bitrix', 'b_sale_order_payment', 'entry.order_id', watermark) }}
    union all
    {{ arrived('raw_bitrix', 'b_sale_order_props_value', 'entry.order_id', watermark) }}
    union all
    {{ arrived('raw_loyalty', 'bl_loyalty_transaction', 'entry.order_id', watermark) }}
    union all
    select entry.order_id
    from properties
    inner join {{ source('raw_bitrix', 'b_sale_order_props_value') }} as entry
        on properties.order_property_id = entry.order_props_id
)

select distinct touched_id as order_id
from touched
where touched_id is not null
{%- endif %}
