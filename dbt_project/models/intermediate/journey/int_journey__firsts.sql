-- One row per customer with a touch or a conversion: the very first of them, in whose cell of the hourly
-- statistics the customer is new, and the first touch that could earn credit, unless a purchase in the store
-- came before it: then the store came first, without a touch.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    logs=true,
    unique_key='customer_uuid',
    affected='int_journey__affected_customers',
    affected_by=['customer_uuid'],
    reports={
        'fact': "'first'",
        'fact_id': 'event_id',
        'customer_uuid': 'customer_uuid',
        'cell_id': 'cell_id',
        'at': 'at',
    },
    distributed_by='customer_uuid',
    indexes=[
        {'columns': ['customer_uuid'], 'unique': true},
        {'columns': ['cell_id']},
    ],
) }}
-- depends_on: {{ ref('int_journey__affected_customers') }}

{% set touches, events = ref('fct_touch'), ref('int_journey__conversion_events') -%}

with first_touches as (
    {{ first_of_customers(touches, ['touch_id', 'at', 'cell_id'], ['at', 'touch_id']) }}
),

first_conversions as (
    {{ first_of_customers(events, ['conversion_id', 'at', 'cell_id'], ['at', 'conversion_id']) }}
),

first_receipts as (
    {{ first_of_customers(events, ['conversion_id', 'at'], ['at', 'conversion_id'], 'receipts > 0') }}
),

first_on_path as (
    {{ first_of_customers(
        touches, ['touch_id', 'at', 'channel', 'source'], ['at', 'source_priority', 'touch_id'], 'is_on_path'
    ) }}
),

-- At the same instant a touch comes before the conversion.
first_events as (
    select
        coalesce(first_touches.customer_uuid, first_conversions.customer_uuid) as customer_uuid,
        case
            when first_touches.at <= first_conversions.at or first_conversions.at is null
                then 'touch ' || first_touches.touch_id
            else 'conversion ' || first_conversions.conversion_id
        end as event_id,
        case
            when first_touches.at <= first_conversions.at or first_conversions.at is null
                then first_touches.cell_id
            else first_conversions.cell_id
        end as cell_id,
        least(first_touches.at, first_conversions.at) as at
    from first_touches
    full outer join first_conversions on first_touches.customer_uuid = first_conversions.customer_uuid
)

select
    first_events.customer_uuid,
    first_events.event_id,
    first_events.cell_id,
    first_events.at,
    first_on_path.touch_id,
    coalesce(first_on_path.at, first_receipts.at) as touched_at,
    case
        when first_on_path.at is not null then first_on_path.channel
        when first_receipts.at is not null then {{ untouched_channel("'receipt'") }}
    end as channel,
    first_on_path.source
from first_events
left join first_receipts on first_events.customer_uuid = first_receipts.customer_uuid
left join first_on_path
    on
        first_events.customer_uuid = first_on_path.customer_uuid
        and (first_receipts.at is null or first_receipts.at >= first_on_path.at)
