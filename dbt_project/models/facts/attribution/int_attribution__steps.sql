-- One row per conversion, variant of the path and touch that some model of the variant credits: which step it
-- is, its decayed or own weight, and what is shared out; one row without a touch where nothing led to it.
-- A variant is what several models share: all that decides which touches they look at. Credit by model
-- follows from these numbers (credits_of) and is not stored.
{{ config(
    materialized='keyed',
    key='conversion_id',
    unique_key=['conversion_id', 'variant', 'position'],
    follows={
        'fct_conversion': [
            {'by': {'conversion_id': 'conversion_id'}},
            {'through': 'fct_conversion', 'on': purchase_before()},
        ],
        'fct_touch': [
            {'through': 'fct_conversion', 'on': touch_before()},
            {'through': 'fct_conversion', 'on': is_own_source('via', 'entry')},
        ],
    },
    reads={'fct_conversion': credited_columns(), 'fct_touch': path_columns()},
    reads_as_rule=['attribution_models', 'attribution_weights', 'channel_rules'],
    indexes=[
        {'columns': ['conversion_id', 'variant', 'position'], 'unique': true},
        {'columns': ['converted_at']},
    ],
) }}

with {{ path_stages(ref('int_attribution__paths'), ref('attribution_models')) }},

{{ weighed_stages(ref('attribution_weights')) }},

conversions as (
    select
        conversions.*,
        {{ is_purchase('conversions') }} as is_purchase,
        {{ is_qualified_lead('conversions') }} as is_qualified,
        -- Nobody touched, or nobody known bought: the money stays visible, in the store, under the source
        -- that a deal tells itself, or under its own name.
        coalesce(own.channel, {{ untouched_channel('conversions.kind') }}) as own_channel,
        own.source as own_source,
        own.campaign as own_campaign
    from {{ ref('fct_conversion') }} as conversions
    left join {{ ref('fct_touch') }} as own on {{ is_own_source('conversions', 'own') }}
)

select
    conversions.conversion_id,
    variants.variant,
    coalesce(steps.position, 0) as position,
    coalesce(steps.path_length, 0) as path_length,
    steps.touch_id,
    conversions.customer_uuid,
    conversions.kind,
    conversions.brand,
    conversions.region,
    case when steps.step is null then conversions.own_channel else steps.channel end as channel,
    case when steps.step is null then conversions.own_source else steps.source end as source,
    case when steps.step is null then conversions.own_campaign else steps.campaign end as campaign,
    steps.step::int as step,
    steps.steps::int as steps,
    steps.decay,
    coalesce(steps.decay_before, 0) + steps.decay as decay_until,
    steps.decay_before,
    steps.decay_all,
    conversions.revenue_kopecks,
    conversions.margin_kopecks,
    conversions.is_purchase,
    conversions.is_qualified,
    conversions.is_first,
    conversions.at as converted_at,
    steps.touched_at
from conversions
cross join variants
-- From the left: who was touched by nobody, or by what weighs nothing, has no steps.
left join summed as steps
    on
        conversions.conversion_id = steps.conversion_id
        and variants.variant = steps.variant
        and coalesce(steps.decay_all, 1) <> 0
where
    steps.step is null
    or variants.has_shares
    or (variants.has_first and steps.step = 1)
    or (variants.has_last and steps.step = steps.steps)
