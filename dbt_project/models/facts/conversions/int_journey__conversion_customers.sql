-- One row per published conversion with its customer: that of the first of its identifiers which belongs to
-- one; a shared phone falls through to the next.
{%- set ways = [] %}
{%- for place in ['first', 'second', 'third'] %}
{%- do ways.append({
    'through': 'int_journey__conversions',
    'on': {'id_type': place ~ '_id_type', 'id_value': place ~ '_id_value'},
}) %}
{%- endfor %}
{{ config(
    key='conversion_id',
    unique_key='conversion_id',
    follows={'int_journey__conversions': 'conversion_id', 'customer_identifier': ways},
    reads={
        'int_journey__conversions': [
            'conversion_id', 'kind', 'at', 'is_paid', 'is_cancelled', 'quarantine_reason', 'first_id_type',
            'first_id_value', 'second_id_type', 'second_id_value', 'third_id_type', 'third_id_value', 'region',
        ],
        'customer_identifier': ['id_type', 'id_value', 'customer_uuid'],
    },
    indexes=[{'columns': ['conversion_id'], 'unique': true}, {'columns': ['customer_uuid']}],
) }}

select
    conversions.conversion_id,
    coalesce(by_first.customer_uuid, by_second.customer_uuid, by_third.customer_uuid) as customer_uuid,
    conversions.at,
    {{ is_purchase('conversions') }} as is_purchase,
    nullif(conversions.region, '{{ var("default_region") }}') as region
from {{ ref('int_journey__conversions') }} as conversions
left join {{ ref('customer_identifier') }} as by_first
    on conversions.first_id_type = by_first.id_type and conversions.first_id_value = by_first.id_value
left join {{ ref('customer_identifier') }} as by_second
    on conversions.second_id_type = by_second.id_type and conversions.second_id_value = by_second.id_value
left join {{ ref('customer_identifier') }} as by_third
    on conversions.third_id_type = by_third.id_type and conversions.third_id_value = by_third.id_value
where conversions.quarantine_reason is null
