-- One row per customer with a touch or a conversion: the very first of them, in whose cell of the hourly
-- statistics the customer is new, and the first touch that could earn credit, unless a purchase in the store
-- came before it: then the store came first, without a touch.
{{ config(
    materialized='keyed',
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={'fct_touch': 'customer_uuid', 'int_journey__conversion_events': 'customer_uuid'},
    reads={
        'fct_touch': [
            'touch_id', 'customer_uuid', 'at', 'cell_id', 'channel', 'source', 'source_priority', 'is_on_path',
        ],
        'int_journey__conversion_events': ['conversion_id', 'customer_uuid', 'at', 'cell_id', 'receipts'],
    },
    indexes=[
        {'columns': ['customer_uuid'], 'unique': true},
        {'columns': ['cell_id']},
    ],
) }}

with first_touches as (
    select distinct on (touches.customer_uuid)
        touches.customer_uuid,
        touches.touch_id,
        touches.at,
        touches.cell_id
    from {{ ref('fct_touch') }} as touches
    where touches.customer_uuid is not null
    order by touches.customer_uuid asc, touches.at asc, touches.touch_id asc
),

first_conversions as (
    select distinct on (events.customer_uuid)
        events.customer_uuid,
        events.conversion_id,
        events.at,
        events.cell_id
    from {{ ref('int_journey__conversion_events') }} as events
    where events.customer_uuid is not null
    order by events.customer_uuid asc, events.at asc, events.conversion_id asc
),

first_receipts as (
    select distinct on (events.customer_uuid)
        events.customer_uuid,
        events.at
    from {{ ref('int_journey__conversion_events') }} as events
    where events.customer_uuid is not null and events.receipts > 0
    order by events.customer_uuid asc, events.at asc, events.conversion_id asc
),

first_on_path as (
    select distinct on (touches.customer_uuid)
        touches.customer_uuid,
        touches.touch_id,
        touches.at,
        touches.channel,
        touches.source
    from {{ ref('fct_touch') }} as touches
    where touches.customer_uuid is not null and touches.is_on_path
    order by touches.customer_uuid asc, touches.at asc, touches.source_priority asc, touches.touch_id asc
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
        when first_receipts.at is not null then 'Store'
    end as channel,
    first_on_path.source
from first_events
left join first_receipts on first_events.customer_uuid = first_receipts.customer_uuid
left join first_on_path
    on
        first_events.customer_uuid = first_on_path.customer_uuid
        and (first_receipts.at is null or first_receipts.at >= first_on_path.at)
