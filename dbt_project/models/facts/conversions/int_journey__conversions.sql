-- One row per conversion of any kind with its money, kept by the row of its source that it is made of.
{%- set order = {'kind': "'order'", 'source_id': 'order_id'} %}
{%- set deal = {'kind': "'deal'", 'source_id': 'deal_id'} %}
{%- set receipt = {'kind': "'receipt'", 'source_id': 'receipt_id'} %}
{#- Payments and what was typed stay when the shop moves an order to its archive (`kept`). #}
{%- set keeps = ref('stg_bitrix__archived_orders') %}
{{ config(
    key=['kind', 'source_id'],
    unique_key=['kind', 'source_id'],
    follows={
        'int_journey__orders': {'by': order},
        'stg_bitrix__payments': {'by': order},
        'stg_loyalty__order_points': {'by': order},
        'stg_bitrix__archived_orders': {'by': order},
        'stg_bitrix__order_property_values': {
            'through': 'int_journey__orders', 'on': 'entry.order_id = via.order_id and via.person_id is null',
        },
        'stg_bitrix__order_properties': {
            'through': 'stg_bitrix__order_property_values',
            'on': {'order_property_id': 'order_property_id'},
        },
        'int_journey__order_regions': {'by': order},
        'int_journey__crm_regions': [
            {'by': {'kind': "case when entry.record_type = 'lead' then 'lead' end", 'source_id': 'record_id'}},
            {
                'through': 'stg_crm__deals', 'on': {'record_id': 'stored_contact_id'},
                'when': "entry.record_type = 'contact'",
            },
        ],
        'int_journey__order_deals': [{'by': order}, {'by': deal}],
        'stg_crm__deals': {'by': deal},
        'stg_crm__stage_history': {
            'by': {'kind': "case when entry.entity_type_id = 2 then 'deal' end", 'source_id': 'owner_id'},
        },
        'int_journey__till_receipts': [{'by': order}, {'by': receipt}],
        'stg_loyalty__receipts': {'by': receipt},
        'stg_crm__leads': {'by': {'kind': "'lead'", 'source_id': 'lead_id'}},
    },
    reads={
        'stg_bitrix__payments': [
            'payment_id', 'order_id', 'is_paid', 'is_return', 'currency', 'amount_kopecks', '_seq',
        ],
        'stg_bitrix__archived_orders': ['archive_id', 'order_id', 'archived_at'],
        'stg_bitrix__order_property_values': [
            'order_property_value_id', 'order_id', 'order_property_id', 'name', 'code', 'value',
        ],
        'stg_bitrix__order_properties': ['order_property_id', 'is_phone', 'is_email'],
        'stg_crm__deals': [
            'deal_id', 'category_id', 'stage_id', 'stage_semantic_id', 'opportunity_kopecks', 'currency',
            'origin_id', 'contact_id', 'stored_contact_id', 'lead_id', 'created_at', 'closed_at', '_seq',
        ],
        'stg_crm__stage_history': [
            'entity_type_id', 'stage_entry_id', 'owner_id', 'category_id', 'stage_semantic_id', 'entered_at',
        ],
        'stg_loyalty__receipts': [
            'receipt_id', 'receipt_uid', 'kind', 'total_kopecks', 'bonus_spent_kopecks', 'currency',
            'card_number', 'phone', 'closed_at', 'store_id', '_seq',
        ],
        'stg_crm__leads': [
            'lead_id', 'status_id', 'status_semantic_id', 'contact_id', 'created_at', '_seq',
        ],
    },
    reads_as_rule=['exchange_rates', 'brand_margins', 'order_brands', 'recipient_properties', 'store_regions'],
    indexes=[
        {'columns': ['kind', 'source_id'], 'unique': true},
        {'columns': ['conversion_id'], 'unique': true},
        {'columns': ['first_id_type', 'first_id_value']},
        {'columns': ['second_id_type', 'second_id_value']},
        {'columns': ['third_id_type', 'third_id_value']},
        {'columns': ['quarantine_reason']},
        {'columns': ['order_id']},
    ],
) }}

select *  -- noqa: AM04
from {{ ref('int_journey__valued_conversions') }}
