{#- The credits of steps (int_attribution__steps) in all models: a SELECT with the columns of fct_attribution. -#}
{% macro credits_of(steps, models) -%}
select
    steps.conversion_id,
    steps.touch_id,
    models.model_id,
    steps.customer_uuid,
    steps.position,
    steps.path_length,
    steps.channel,
    steps.source,
    steps.campaign,
    {{ touch_weight() }} as weight,
    {{ part_of_touch('1000000::bigint') }} as share_ppm,
    sign(steps.revenue_kopecks)::bigint * {{ part_of_touch('abs(steps.revenue_kopecks)') }} as credit_kopecks,
    sign(steps.margin_kopecks)::bigint * {{ part_of_touch('abs(steps.margin_kopecks)') }} as margin_kopecks,
    steps.kind,
    steps.brand,
    steps.region,
    steps.is_purchase,
    steps.is_qualified,
    steps.is_first,
    steps.converted_at,
    steps.touched_at
from {{ steps }} as steps
inner join (
    {{ attribution_parameters(models) }}
) as models
    on
        steps.variant = models.variant
        and (
            steps.step is null
            or case models.kind when 'first' then steps.step = 1 when 'last' then steps.step = steps.steps else true end
        )
-- Worked out once for each pair: `offset 0` keeps it apart.
cross join lateral (
    select
        {{ parts_of_path() }}
    where true
    offset 0 -- noqa: AM09
) as parts
where steps.step is null or parts.until > parts.before or (parts.whole is null and steps.decay > 0)
{%- endmacro %}

{#- How much of a conversion the touches of a path have, for the models whose columns stand in the row.

    Models that go by the place in the path speak in whole numbers: of `whole` parts the touches up to
    this one have `until`, those before it `before`. Models that go by age or own weights (`whole` is null)
    speak in float8: `decay_until` and `decay_before` of `decay_all`. Without touches (`step` is null) all
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
        {{ _parts_up_to('steps.step') }} as until,
        {{ _parts_up_to('(steps.step - 1)') }} as before
{%- endmacro %}

{% macro _parts_up_to(step) -%}
        case
            when {{ step }} = 0 then 0
            when models.kind = 'first' then 1
            when models.kind = 'last' then ({{ step }} = steps.steps)::int
            when models.kind = 'linear' then {{ step }}
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
        when steps.step is null then 1
        when parts.whole is null then steps.decay / steps.decay_all
        else (parts.until - parts.before) / parts.whole::float8
    end
{%- endmacro %}

{#- What one touch has of the amount. -#}
{% macro part_of_touch(amount) -%}
    case
        when steps.step is null then {{ amount }}
        when parts.whole is null
            then {{ _decayed_part(amount, 'steps.decay_until', 'steps.step = steps.steps') }}
                - {{ _decayed_part(amount, 'steps.decay_before', 'false', 'steps.step = 1') }}
        else {{ part_of(amount, 'parts.until', 'parts.whole') }}
            - ({{ part_of(amount, 'parts.before', 'parts.whole') }})
    end
{%- endmacro %}

{#- Who has all the weight has all the money, also when touches of weight 0 follow. -#}
{% macro _decayed_part(amount, decay, is_all, is_none='false') -%}
    case
        when {{ is_none }} then 0
        when {{ is_all }} or {{ decay }} >= steps.decay_all then {{ amount }}
        -- Beyond 2^53 kopecks a float8 rounds up, too.
        else least(floor({{ amount }} * {{ decay }} / steps.decay_all)::bigint, {{ amount }})
    end
{%- endmacro %}

{#- amount * part / whole rounded down, for part <= whole; no product is larger than the amount or whole².
    Integer division of bigints rounds down. -#}
{% macro part_of(amount, part, whole) -%}
    {{ amount }} / {{ whole }} * {{ part }} + {{ amount }} % {{ whole }} * {{ part }} / {{ whole }}
{%- endmacro %}
