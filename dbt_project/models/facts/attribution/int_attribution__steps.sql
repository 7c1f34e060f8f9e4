-- One row per conversion and variant of the path: the touches that some model of the variant credits, as
-- arrays in the order of the path, their weights, and what is shared out; at position 0 what a conversion
-- tells itself that nothing led to. A variant is what several models share: all that decides which touches
-- they look at. Credit by model follows from these numbers (credits_of) and is not stored.
{{ config(
    materialized='keyed',
    key='conversion_id',
    unique_key=['conversion_id', 'variant'],
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
    sql_header=as_a_whole(),
    post_hook='{{ models_of_steps() }}',
    indexes=[
        {'columns': ['conversion_id', 'variant'], 'unique': true},
        {'columns': ['converted_at']},
    ],
) }}

with variants as materialized (
    {{ variants_of(ref('attribution_models')) }}
),

bounded as (
    {{ own_weights(ref('attribution_weights')) }}
),

paths as (
    {{ sequences_of(ref('int_attribution__paths')) }}
),

own as (
    select
        conversions.conversion_id,
        touches.channel,
        touches.source,
        touches.campaign
    from {{ ref('fct_conversion') }} as conversions
    inner join {{ ref('fct_touch') }} as touches on {{ is_own_source('conversions', 'touches') }}
),

-- From the left: who was touched by nobody has no path.
sequences as (
    select
        paths.*,
        conversions.conversion_id as id,
        conversions.customer_uuid,
        conversions.kind,
        conversions.brand,
        conversions.region,
        conversions.revenue_kopecks,
        conversions.margin_kopecks,
        conversions.is_first,
        conversions.at,
        {{ is_purchase('conversions') }} as is_purchase,
        {{ is_qualified_lead('conversions') }} as is_qualified,
        {{ is_junk_conversion('conversions') }} as is_junk,
        -- Nobody touched, or nobody known bought: the money stays visible, in the store, under the source
        -- that a deal tells itself, or under its own name.
        coalesce(own.channel, {{ untouched_channel('conversions.kind') }}) as own_channel,
        own.source as own_source,
        own.campaign as own_campaign
    from {{ ref('fct_conversion') }} as conversions
    left join paths on conversions.conversion_id = paths.conversion_id
    left join own on conversions.conversion_id = own.conversion_id
)

select
    sequences.id as conversion_id,
    variants.variant,
    sequences.customer_uuid,
    sequences.kind,
    sequences.brand,
    sequences.region,
    sequences.at as converted_at,
    sequences.is_purchase,
    sequences.is_qualified,
    sequences.is_junk,
    sequences.is_first,
    sequences.revenue_kopecks,
    sequences.margin_kopecks,
    case when credited.positions is null then 0 else sequences.path_length end as path_length,
    case when credited.positions is not null then cardinality(single.positions) end as steps,
    coalesce(credited.positions, array[0]) as positions,
    {{ at_credited('touch_ids') }} as touch_ids,
    {{ at_credited('touch_times') }} as touch_times,
    {{ at_credited('channels', 'array[sequences.own_channel]') }} as channels,
    {{ at_credited('sources', 'array[sequences.own_source]') }} as sources,
    {{ at_credited('campaigns', 'array[sequences.own_campaign]') }} as campaigns,
    case when credited.positions is not null then weights.decays end as decays,
    case when credited.positions is not null then weights.decay_sums end as decay_sums
from sequences
{{ path_stages() }}
{{ weights_of_steps() }}
{{ credited_steps() }}
