-- One row per conversion, touch and attribution model with the touch's share and credit in kopecks.
-- Models are lines of the seed attribution_models; credits of a conversion add up to its revenue.
-- Written for the conversions whose path or revenue may have changed.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['conversion_id', 'model_id', 'position'],
    affected='int_journey__affected_conversions',
    affected_by=['conversion_id'],
    logs=true,
    shown_by={'channel_performance_monthly': 'performance_by_month'},
    distributed_by='conversion_id',
    indexes=[
        {'columns': ['conversion_id', 'model_id', 'position'], 'unique': true},
        {'columns': ['converted_at']},
    ],
) }}

with models as (
    {{ attribution_parameters(ref('attribution_models')) }}
),

conversions as (
    select
        conversions.conversion_id,
        conversions.customer_uuid,
        conversions.at as converted_at,
        conversions.kind as conversion_kind,
        conversions.brand,
        conversions.region,
        {{ is_purchase('conversions') }} as is_purchase,
        {{ is_qualified_lead('conversions') }} as is_qualified,
        conversions.is_first,
        abs(conversions.revenue_kopecks) as amount,
        sign(conversions.revenue_kopecks)::bigint as direction,
        abs(conversions.margin_kopecks) as margin,
        sign(conversions.margin_kopecks)::bigint as margin_direction,
        own.channel as own_channel,
        own.source as own_source,
        own.campaign as own_campaign
    from {{ ref('int_journey__affected_conversions') }} as affected
    inner join {{ ref('fct_conversion') }} as conversions
        on affected.conversion_id = conversions.conversion_id
    left join lateral {{ own_source('conversions', ref('fct_touch')) }} as own on true
),

variants as (
    select distinct variant
    from models
),

-- Joined from the left: who was touched by nobody, or by what weighs nothing, has no steps. `offset 0`
-- here and below is a fence: models are joined afterwards, and parts of a path computed once.
walked as (
    select
        conversions.*,
        variants.variant,
        steps.touch_id,
        steps.touched_at,
        steps.channel,
        steps.source,
        steps.campaign,
        steps.position,
        steps.path_length,
        steps.step,
        steps.steps,
        steps.decay,
        steps.decay_until,
        steps.decay_before,
        steps.decay_all
    from conversions
    cross join variants
    left join {{ ref('int_journey__path_steps') }} as steps
        on
            conversions.conversion_id = steps.conversion_id
            and variants.variant = steps.variant
            and coalesce(steps.decay_all, 1) <> 0
    offset 0 -- noqa: AM09
),

parted as (
    select
        walked.*,
        models.model_id,
        {{ parts_of_path() }}
    from walked
    inner join models on walked.variant = models.variant
    offset 0 -- noqa: AM09
)

select
    conversion_id,
    touch_id,
    model_id,
    customer_uuid,
    coalesce(position, 0) as position,
    coalesce(path_length, 0) as path_length,
    -- Nobody touched, or nobody known bought: the money stays visible, in the store, under the source that a
    -- deal tells itself, or under its own name.
    case
        when step is null then coalesce(own_channel, {{ untouched_channel('conversion_kind') }})
        else channel
    end as channel,
    case when step is null then own_source else source end as source,
    case when step is null then own_campaign else campaign end as campaign,
    {{ touch_weight() }} as weight,
    {{ part_of_touch('1000000::bigint') }} as share_ppm,
    direction * {{ part_of_touch('amount') }} as credit_kopecks,
    margin_direction * {{ part_of_touch('margin') }} as margin_kopecks,
    conversion_kind as kind,
    brand,
    region,
    is_purchase,
    is_qualified,
    is_first,
    converted_at,
    touched_at
from parted
where step is null or until > before or (whole is null and decay > 0)
