-- One row per conversion with usable money: order, won deal without an order, till sale, lead.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    logs=true,
    unique_key=['conversion_id'],
    affected='int_journey__restated_conversions',
    affected_by=['conversion_id'],
    reports={
        'fact': "'conversion'",
        'fact_id': 'conversion_id',
        'customer_uuid': 'customer_uuid',
        'at': 'at',
    },
    shown_by={'channel_performance_monthly': 'performance_by_month'},
    distributed_by='conversion_id',
    indexes=[
        {'columns': ['conversion_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
        {'columns': [owner_of('fct_conversion') | replace('fct_conversion.', '')]},
    ],
) }}
-- depends_on: {{ ref('int_journey__stale') }}
{%- set columns = [
    'conversion_id', 'kind', 'at', 'status', 'is_paid', 'is_cancelled', 'gross_kopecks', 'refund_kopecks',
    'received_kopecks', 'delivery_kopecks', 'bonus_kopecks', 'revenue_kopecks', 'margin_kopecks', 'currency',
    'rate', 'order_id', 'deal_id', 'brand', 'region', 'seq', 'order_number', 'opened_at',
] %}

with restated as (
    select * from {{ ref('int_journey__restated_conversions') }}
),

conversions as (
    select
        {%- for column in columns %}
        conversions.{{ column }},
        {%- endfor %}
        restated.customer_uuid
    from restated
    inner join {{ ref('int_journey__conversions') }} as conversions
        on restated.conversion_id = conversions.conversion_id
    where conversions.quarantine_reason is null
    {%- if is_incremental() %}
    union all
    -- Of these only the customer or the number may change.
    select
        {%- for column in columns %}
        published.{{ column }},
        {%- endfor %}
        restated.customer_uuid
    from restated
    inner join {{ this }} as published on restated.conversion_id = published.conversion_id
    where not restated.is_changed
    {%- endif %}
),

numbered as (
    select
        conversions.*,
        conversions.customer_uuid is not null and {{ is_purchase('conversions') }} as is_purchase
    from conversions
),

placed as (
    select
        *,
        case
            when is_purchase
                then row_number() over (
                    partition by customer_uuid, is_purchase order by at, conversion_id
                )::int
        end as sequence_no
    from numbered
)

select
    conversion_id,
    kind,
    customer_uuid,
    at,
    status,
    is_paid,
    is_cancelled,
    gross_kopecks,
    received_kopecks,
    refund_kopecks,
    delivery_kopecks,
    bonus_kopecks,
    revenue_kopecks,
    margin_kopecks,
    currency,
    rate::numeric(20, 8) as rate,
    order_id,
    deal_id,
    brand,
    region,
    sequence_no,
    coalesce(sequence_no = 1, false) as is_first,
    seq,
    order_number,
    opened_at
from placed
