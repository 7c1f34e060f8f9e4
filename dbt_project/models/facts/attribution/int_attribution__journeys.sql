-- One row per journey: touches of a customer that end with a purchase, with silence longer than the lookback,
-- or are still open. Every on-path touch of a known customer is in exactly one, every purchase ends one.
{{ config(
    materialized='keyed',
    key='owner',
    unique_key='journey_id',
    follows={
        'fct_conversion': {'by': {'owner': owner_of('entry')}},
        'fct_touch': [
            {'by': {'owner': 'customer_uuid'}},
            {'through': 'fct_conversion', 'on': is_own_source('via', 'entry')},
        ],
    },
    reads={
        'fct_conversion': [
            'conversion_id', 'customer_uuid', 'at', 'kind', 'is_paid', 'is_cancelled', 'brand', 'order_id',
            'order_number', 'deal_id', 'opened_at', 'revenue_kopecks',
        ],
        'fct_touch': path_columns() + ['brand'],
    },
    sql_header=as_a_whole(),
    indexes=[
        {'columns': ['journey_id'], 'unique': true},
        {'columns': ['owner']},
        {'columns': ['local_month']},
    ],
) }}
{%- set lookback = days(var('datadriven_lookback_days')) %}

with purchases as (
    {{ journey_purchases(ref('fct_conversion'), ref('fct_touch')) }}
),

touches as (
    {{ journey_touches(ref('fct_touch'), ref('fct_conversion')) }}
),

-- The purchase a touch leads to is the first one at or after it; beyond the lookback it led to nothing.
placed as (
    select
        touches.*,
        purchases.conversion_id as next_conversion_id,
        coalesce(touches.at >= purchases.at - {{ lookback }}, false) as is_converting
    from touches
    left join purchases
        on
            touches.customer_uuid = purchases.customer_uuid
            and touches.at <= purchases.at
            and touches.at > purchases.previous_at
),

marked as (
    select
        *,
        coalesce(
            next_conversion_id is distinct from lag(next_conversion_id) over in_order
            or is_converting is distinct from lag(is_converting) over in_order
            or (not is_converting and lag(at) over in_order + {{ lookback }} < at),
            true
        ) as is_first
    from placed
    window in_order as (partition by customer_uuid order by at, source_priority, touch_id)
),

numbered as (
    select
        *,
        count(*) filter (where is_first) over (
            partition by customer_uuid order by at, source_priority, touch_id
        ) as run
    from marked
),

runs as (
    select
        customer_uuid,
        min(touch_id) filter (where is_first) as first_touch_id,
        min(next_conversion_id) filter (where is_converting) as conversion_id,
        max(at) as last_at,
        array_agg(channel order by at, source_priority, touch_id) as channels,
        array_agg(brand order by at, source_priority, touch_id) as brands
    from numbered
    group by customer_uuid, run
),

journeys as (
    select
        purchases.conversion_id as journey_id,
        purchases.owner,
        purchases.customer_uuid,
        purchases.at as ended_at,
        purchases.brand,
        coalesce(runs.channels, purchases.untouched_channels) as channels,
        coalesce(cardinality(runs.channels), 0) as touches,
        true as is_converted,
        purchases.revenue_kopecks
    from purchases
    left join runs on purchases.conversion_id = runs.conversion_id
    union all
    select
        'touch:' || first_touch_id as journey_id,
        customer_uuid as owner,
        customer_uuid,
        last_at as ended_at,
        brands[cardinality(brands)] as brand,
        channels,
        cardinality(channels) as touches,
        false as is_converted,
        0 as revenue_kopecks
    from runs
    where conversion_id is null
)

select
    journey_id,
    owner,
    customer_uuid,
    {{ journey_bucket('coalesce(customer_uuid::text, journey_id)') }} as bucket,
    {{ local_date('ended_at', 'month') }} as local_month,
    brand,
    channels,
    touches,
    is_converted,
    revenue_kopecks
from journeys
