-- One row per conversion, variant of the path and touch that some model of the variant credits: which step it is, its
-- decayed or own weight, and what is shared out; one row without a touch where nothing led to the conversion.
-- A variant is what several models share: all that decides which touches they look at. Credit by model follows
-- from these numbers (credits_of) and is not stored.
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
    distributed_by='conversion_id',
    indexes=[
        {'columns': ['conversion_id', 'variant', 'position'], 'unique': true},
        {'columns': ['converted_at']},
    ],
) }}

with {{ path_stages(ref('int_attribution__paths'), ref('attribution_models')) }},

own_lines as (
    select
        model_id,
        by,
        key,
        weight::float8 as weight,
        case when by like 'position%' then key::bigint end as number,
        case when by = 'age_days' then {{ days('key::numeric') }} end as age
    from {{ ref('attribution_weights') }}
),

-- An age belongs to the smallest bound that it does not exceed.
bounded as (
    select
        *,
        coalesce(lag(age) over (partition by model_id, by order by age), interval '-1 microsecond')
            as age_before
    from own_lines
),

placed as (
    select
        *,
        row_number() over whole_path as step,
        count(*) over whole_path as steps,
        extract(epoch from max(touched_at) over whole_path - touched_at)::float8 as age_seconds
    from single
    window
        whole_path as (
            partition by conversion_id, variant order by position
            rows between unbounded preceding and unbounded following
        )
),

decayed as (
    select
        *,
        case
            when own_model_id is null
                -- float8 on purpose: numeric powers cost six times the whole model. Age counts from the last
                -- touch (ratios stay the same) and is capped: exp() raises an error below exp(-745).
                then exp(greatest(-ln(2.0::float8) * age_seconds / half_life_seconds, -700))
            else (
                select coalesce(sum(bounded.weight), 0)
                from bounded
                where
                    bounded.model_id = placed.own_model_id
                    and case bounded.by
                        when 'position' then bounded.number = placed.step
                        when 'position_from_end' then bounded.number = placed.steps - placed.step + 1
                        when 'channel' then bounded.key = placed.channel
                        when 'age_days'
                            then
                                placed.touched_at >= placed.converted_at - bounded.age
                                and placed.touched_at < placed.converted_at - bounded.age_before
                    end
            )
        end as decay
    from placed
),

summed as (
    select
        *,
        -- Both add up in the order of the path, so what stands before the last touch and that touch
        -- are the sum of all to the last bit.
        sum(decay) over (
            partition by conversion_id, variant order by position
            rows between unbounded preceding and 1 preceding
        ) as decay_before,
        sum(decay) over (
            partition by conversion_id, variant order by position
            rows between unbounded preceding and unbounded following
        ) as decay_all
    from decayed
),

conversions as (
    select
        conversions.*,
        {{ is_purchase('conversions') }} as is_purchase,
        {{ is_qualified_lead('conversions') }} as is_qualified,
        -- Nobody touched, or nobody known bought: the money stays visible, in the store, under the source that
        -- a deal tells itself, or under its own name.
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
