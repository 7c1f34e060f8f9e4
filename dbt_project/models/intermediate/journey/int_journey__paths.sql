-- One row per affected conversion and touch of its customer within the longest lookback of the models.
-- A touch may serve several conversions: there is no reset after a purchase.
{{ config(
    news=true,
    distributed_by='conversion_id',
    indexes=[{'columns': ['conversion_id', 'position'], 'unique': true}],
) }}

with longest as (
    select max(lookback_days) * interval '24 hours' as lookback
    from {{ ref('attribution_models') }}
),

paired as (
    select
        conversions.conversion_id,
        conversions.customer_uuid,
        conversions.at as converted_at,
        touches.touch_id,
        touches.at as touched_at,
        touches.source_priority,
        touches.is_direct,
        touches.channel,
        touches.source,
        touches.campaign
    from {{ ref('int_journey__affected_conversions') }} as affected
    inner join {{ ref('fct_conversion') }} as conversions
        on affected.conversion_id = conversions.conversion_id
    cross join longest
    inner join {{ ref('fct_touch') }} as touches
        on
            conversions.customer_uuid = touches.customer_uuid
            and conversions.at >= touches.at
            and conversions.at - longest.lookback <= touches.at
    where
        touches.is_on_path
        -- The visit to the till is the purchase itself, not what led to it.
        and not (
            conversions.kind = 'receipt' and touches.touch_type = 'pos_visit' and touches.at = conversions.at
        )
)

select
    conversion_id,
    touch_id,
    customer_uuid,
    converted_at,
    touched_at,
    is_direct,
    channel,
    source,
    campaign,
    row_number() over (
        partition by conversion_id order by touched_at, source_priority, touch_id
    )::int as position,
    count(*) over (partition by conversion_id)::int as path_length
from paired
