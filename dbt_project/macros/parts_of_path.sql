{#- The credits of steps (int_attribution__steps) in all models: a SELECT with the columns of fct_attribution. Values are
    taken from the arrays one by one, so a reader pays for the columns that he asks for. -#}
{% macro credits_of(steps, models) -%}
select
    steps.conversion_id,
    path.touch_ids[place.i] as touch_id,
    models.model_id,
    steps.customer_uuid,
    path.positions[place.i] as position,
    steps.path_length,
    path.channels[place.i] as channel,
    path.sources[place.i] as source,
    path.campaigns[place.i] as campaign,
    {{ touch_weight() }} as weight,
    {{ part_of_touch('1000000::bigint') }} as share_ppm,
    sign(steps.revenue_kopecks)::bigint * {{ part_of_touch('abs(steps.revenue_kopecks)') }} as credit_kopecks,
    sign(steps.margin_kopecks)::bigint * {{ part_of_touch('abs(steps.margin_kopecks)') }} as margin_kopecks,
    steps.kind,
    steps.brand,
    steps.region,
    steps.is_purchase,
    steps.is_qualified,
    steps.is_junk,
    steps.is_first,
    steps.converted_at,
    path.touch_times[place.i] as touched_at
from {{ steps }} as steps
inner join (
    {{ attribution_parameters(models) }}
) as models on steps.variant = models.variant
-- Taken apart once for each row and model, and none that nobody asks for: an element of a stored array copies or
-- unpacks all of it.
cross join lateral (
    select
        steps.positions || array[]::integer[] as positions,
        steps.touch_ids || array[]::text[] as touch_ids,
        steps.touch_times || array[]::timestamptz[] as touch_times,
        steps.channels || array[]::text[] as channels,
        steps.sources || array[]::text[] as sources,
        steps.campaigns || array[]::text[] as campaigns,
        steps.decays || array[]::float8[] as decays,
        steps.decay_sums || array[]::float8[] as decay_sums
    where true
    offset 0 -- noqa: AM09
) as path
-- The first and the last step stand at the ends of what is stored, also where only one of them is.
cross join lateral (
    select generate_series(
        case models.kind when 'last' then cardinality(path.positions) else 1 end,
        case models.kind when 'first' then 1 else cardinality(path.positions) end
    ) as i
) as place
-- Worked out once for each pair: `offset 0` keeps it apart.
cross join lateral (
    select
        {{ parts_of_path() }}
    where true
    offset 0 -- noqa: AM09
) as parts
where steps.steps is null or parts.until > parts.before or (parts.whole is null and path.decays[place.i] > 0)
{%- endmacro %}

{#- How much of a conversion the touches of a path have, for the models whose columns stand in the row.

    Models that go by the place in the path speak in whole numbers: of `whole` parts the touches up to
    this one have `until`, those before it `before`. Models that go by age or own weights (`whole` is null)
    speak in float8: of the sum of all weights those up to a touch. Without touches (`steps` is null) all
    is in one piece.
    A touch has the difference of the two, in whatever is shared out (part_of_touch). So parts add up to
    the amount exactly, and each is within one kopeck of its exact share. -#}
{% macro parts_of_path() -%}
        case models.kind
            when 'time_decay' then null
            when 'weights' then null
            when 'linear' then steps.steps
            when 'position' then case steps.steps
                when 1 then 1 when 2 then models.first_share + models.last_share else 100 * (steps.steps - 2)
            end
            else 1
        end as whole,
        {{ _parts_up_to('place.i', 1) }} as until,
        {{ _parts_up_to('(place.i - 1)', 0) }} as before
{%- endmacro %}

{#- Parts up to a step; `alone`: of the one touch that has all. -#}
{% macro _parts_up_to(step, alone) -%}
        case
            when models.kind in ('first', 'last') then {{ alone }}
            when models.kind = 'linear' or {{ step }} = 0 then {{ step }}
            when models.kind <> 'position' then null
            when steps.steps = 1 then 1
            when steps.steps = 2 then models.first_share + case {{ step }} when 2 then models.last_share else 0 end
            when {{ step }} = steps.steps then 100 * (steps.steps - 2)
            else
                models.first_share * (steps.steps - 2)
                + (100 - models.first_share - models.last_share) * ({{ step }} - 1)
        end
{%- endmacro %}

{#- Exact share of one touch, 0..1. -#}
{% macro touch_weight() -%}
    case
        when steps.steps is null then 1
        when parts.whole is null then path.decays[place.i] / path.decay_sums[steps.steps]
        else (parts.until - parts.before) / parts.whole::float8
    end
{%- endmacro %}

{#- What one touch has of the amount. -#}
{% macro part_of_touch(amount) -%}
    case
        when steps.steps is null then {{ amount }}
        when parts.whole is null
            then {{ _decayed_part(amount, 'path.decay_sums[place.i]', 'place.i = steps.steps') }}
                - {{ _decayed_part(amount, 'path.decay_sums[place.i - 1]', 'false', 'place.i = 1') }}
        else {{ part_of(amount, 'parts.until', 'parts.whole') }}
            - ({{ part_of(amount, 'parts.before', 'parts.whole') }})
    end
{%- endmacro %}

{#- Who has all the weight has all the money, also when touches of weight 0 follow. -#}
{% macro _decayed_part(amount, decay, is_all, is_none='false') -%}
    case
        when {{ is_none }} then 0
        when {{ is_all }} or {{ decay }} >= path.decay_sums[steps.steps] then {{ amount }}
        -- Beyond 2^53 kopecks a float8 rounds up, too.
        else least(floor({{ amount }} * {{ decay }} / path.decay_sums[steps.steps])::bigint, {{ amount }})
    end
{%- endmacro %}

{#- amount * part / whole rounded down, for part <= whole; no product is larger than the amount or whole².
    Integer division of bigints rounds down. -#}
{% macro part_of(amount, part, whole) -%}
    {{ amount }} / {{ whole }} * {{ part }} + {{ amount }} % {{ whole }} * {{ part }} / {{ whole }}
{%- endmacro %}
