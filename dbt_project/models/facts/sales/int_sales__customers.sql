-- One row per CRM lead and deal with its customer: that of the first of its identifiers which belongs to
-- one.
{%- set ways = [] %}
{%- for place in ['first', 'second'] %}
{%- do ways.append({
    'through': 'int_sales__requests',
    'on': {'id_type': place ~ '_id_type', 'id_value': place ~ '_id_value'},
}) %}
{%- endfor %}
{{ config(
    key=['kind', 'source_id'],
    unique_key=['kind', 'source_id'],
    follows={'int_sales__requests': ['kind', 'source_id'], 'customer_identifier': ways},
    reads={
        'int_sales__requests': [
            'kind', 'source_id', 'created_at', 'first_id_type', 'first_id_value', 'second_id_type', 'second_id_value',
        ],
        'customer_identifier': ['id_type', 'id_value', 'customer_uuid'],
    },
    indexes=[{'columns': ['kind', 'source_id'], 'unique': true}, {'columns': ['customer_uuid']}],
) }}

select
    requests.kind,
    requests.source_id,
    requests.created_at,
    coalesce(by_first.customer_uuid, by_second.customer_uuid) as customer_uuid
from {{ ref('int_sales__requests') }} as requests
left join {{ ref('customer_identifier') }} as by_first
    on requests.first_id_type = by_first.id_type and requests.first_id_value = by_first.id_value
left join {{ ref('customer_identifier') }} as by_second
    on requests.second_id_type = by_second.id_type and requests.second_id_value = by_second.id_value
