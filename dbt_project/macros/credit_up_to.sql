{#- Credit in kopecks of the first `step` touches of a path of `length` touches, for |revenue|.
    The credit of one touch is the difference of two neighbours, so it adds up to the revenue exactly
    and each part is within one kopeck of its exact share. Integer division of bigints rounds down.
    `decay` is the sum of decayed or own weights up to this step (float8), `decay_total` that of the
    path: who has all the weight has all the money, also when touches of weight 0 follow. -#}
{% macro credit_up_to(amount, step, length, decay, decay_total) -%}
    case
        when {{ step }} = 0 then 0
        when {{ step }} = {{ length }} then {{ amount }}
        when kind = 'first' then {{ amount }}
        when kind = 'last' then 0
        when kind = 'linear' then {{ part_of(amount, step, length) }}
        when kind in ('time_decay', 'weights') and {{ decay }} >= {{ decay_total }} then {{ amount }}
        when kind in ('time_decay', 'weights')
            -- Beyond 2^53 kopecks a float8 rounds up, too.
            then least(floor({{ amount }} * {{ decay }} / {{ decay_total }})::bigint, {{ amount }})
        when kind = 'position' and {{ length }} = 2
            then {{ part_of(amount, 'first_share', '(first_share + last_share)') }}
        when kind = 'position'
            then {{ part_of(
                amount,
                '(first_share * (' ~ length ~ ' - 2) + (100 - first_share - last_share) * (' ~ step ~ ' - 1))',
                '(100 * (' ~ length ~ ' - 2))',
            ) }}
    end
{%- endmacro %}

{#- What the touch of a row adds to its path: the difference of two neighbouring sums. -#}
{% macro part_of_touch(amount) -%}
    (
        {{ credit_up_to(amount, 'step', 'steps', 'decay_until', 'decay_all') }}
        - {{ credit_up_to(amount, '(step - 1)', 'steps', 'decay_before', 'decay_all') }}
    )
{%- endmacro %}

{#- amount * part / whole rounded down, for part <= whole; no product is larger than the amount or whole². -#}
{% macro part_of(amount, part, whole) -%}
    {{ amount }} / {{ whole }} * {{ part }} + {{ amount }} % {{ whole }} * {{ part }} / {{ whole }}
{%- endmacro %}

{#- Exact share of one touch, 0..1, for the same rules; null when the path weighs nothing. -#}
{% macro touch_weight(step, length, decay, decay_total) -%}
    case
        when kind = 'weights' then {{ decay }} / nullif({{ decay_total }}, 0)
        when {{ length }} = 1 then 1
        when kind = 'first' then ({{ step }} = 1)::int
        when kind = 'last' then ({{ step }} = {{ length }})::int
        when kind = 'linear' then 1.0::float8 / {{ length }}
        when kind = 'time_decay' then {{ decay }} / {{ decay_total }}
        when kind = 'position' and {{ length }} = 2
            then (case when {{ step }} = 1 then first_share else last_share end)::float8
                / (first_share + last_share)
        when kind = 'position' and {{ step }} = 1 then first_share / 100.0::float8
        when kind = 'position' and {{ step }} = {{ length }} then last_share / 100.0::float8
        when kind = 'position' then (100 - first_share - last_share) / (100.0::float8 * ({{ length }} - 2))
    end
{%- endmacro %}
