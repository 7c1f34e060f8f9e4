-- One row per conversion, touch and variant of the path: which step it is, and its decayed weight.
-- A variant is what several models share: lookback, half-life, with or without direct visits.
{{ config(materialized='view') }}

with variants as (
    select
        min(model_id) as variant,
        lookback_days * interval '24 hours' as lookback,
        half_life_days * 86400.0::float8 as half_life_seconds,
        exclude_direct
    from {{ ref('attribution_models') }}
    group by lookback_days, half_life_days, exclude_direct
),

candidates as (
    select
        paths.*,
        variants.variant,
        variants.half_life_seconds,
        variants.exclude_direct,
        bool_and(paths.is_direct) over whole_path as only_direct,
        extract(epoch from max(paths.touched_at) over whole_path - paths.touched_at)::float8 as age_seconds
    from {{ ref('int_journey__paths') }} as paths
    inner join variants on paths.touched_at >= paths.converted_at - variants.lookback
    window whole_path as (partition by paths.conversion_id, variants.variant)
),

decayed as (
    select
        *,
        -- float8 on purpose: numeric powers cost six times the whole model. Age counts from the last
        -- touch (ratios stay the same) and is capped: exp() raises an error below exp(-745).
        exp(greatest(-ln(2.0::float8) * age_seconds / half_life_seconds, -700)) as decay
    from candidates
    -- A path of direct visits only keeps them: then "last non-direct" is the last.
    where not exclude_direct or not is_direct or only_direct
)

select
    conversion_id,
    touch_id,
    variant,
    customer_uuid,
    converted_at,
    touched_at,
    channel,
    source,
    campaign,
    position,
    path_length,
    decay,
    row_number() over so_far as step,
    count(*) over whole_path as steps,
    -- In the order of the path: another order of adding could end in another last bit.
    sum(decay) over (so_far rows between unbounded preceding and unbounded following) as decay_all,
    sum(decay) over (so_far rows between unbounded preceding and current row) as decay_until,
    sum(decay) over (so_far rows between unbounded preceding and 1 preceding) as decay_before
from decayed
window
    whole_path as (partition by conversion_id, variant),
    so_far as (partition by conversion_id, variant order by position)
