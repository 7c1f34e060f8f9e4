{#- How much of a conversion the touches of a path have, for the models whose columns stand in the row.

    Models that go by the place in the path speak in whole numbers: of `whole` parts the touches up to
    this one have `until`, those before it `before`. Models that go by age or own weights (`whole` is null)
    speak in float8: `decay_until` and `decay_before` of `decay_all`. Without touches (`step` is null) all
    is in one piece.
    A touch has the difference of the two, in whatever is shared out (part_of_touch). So parts add up to
    the amount exactly, and each is within one kopeck of its exact share. -#}
{% macro parts_of_path() -%}
        case kind
            when 'time_decay' then null
            when 'weights' then null
            when 'linear' then steps
            when 'position' then case steps when 1 then 1 when 2 then first_share + last_share else 100 * (steps - 2) end
            else 1
        end as whole,
        {{ _parts_up_to('step') }} as until,
        {{ _parts_up_to('(step - 1)') }} as before
{%- endmacro %}

{% macro _parts_up_to(step) -%}
        case
            when {{ step }} = 0 then 0
            when kind = 'first' then 1
            when kind = 'last' then ({{ step }} = steps)::int
            when kind = 'linear' then {{ step }}
            when kind <> 'position' then null
            when steps = 1 then 1
            when steps = 2 then first_share + case {{ step }} when 2 then last_share else 0 end
            when {{ step }} = steps then 100 * (steps - 2)
            else first_share * (steps - 2) + (100 - first_share - last_share) * ({{ step }} - 1)
        end
{%- endmacro %}

{#- Exact share of one touch, 0..1. -#}
{% macro touch_weight() -%}
    case
        when step is null then 1
        when whole is null then decay / decay_all
        else (until - before) / whole::float8
    end
{%- endmacro %}

{#- What one touch has of the amount. -#}
{% macro part_of_touch(amount) -%}
    case
        when step is null then {{ amount }}
        when whole is null
            then {{ _decayed_part(amount, 'decay_until', 'step = steps') }}
                - {{ _decayed_part(amount, 'decay_before', 'false', 'step = 1') }}
        else {{ part_of(amount, 'until', 'whole') }} - ({{ part_of(amount, 'before', 'whole') }})
    end
{%- endmacro %}

{#- Who has all the weight has all the money, also when touches of weight 0 follow. -#}
{% macro _decayed_part(amount, decay, is_all, is_none='false') -%}
    case
        when {{ is_none }} then 0
        when {{ is_all }} or {{ decay }} >= decay_all then {{ amount }}
        -- Beyond 2^53 kopecks a float8 rounds up, too.
        else least(floor({{ amount }} * {{ decay }} / decay_all)::bigint, {{ amount }})
    end
{%- endmacro %}

{#- amount * part / whole rounded down, for part <= whole; no product is larger than the amount or whole².
    Integer division of bigints rounds down. -#}
{% macro part_of(amount, part, whole) -%}
    {{ amount }} / {{ whole }} * {{ part }} + {{ amount }} % {{ whole }} * {{ part }} / {{ whole }}
{%- endmacro %}
