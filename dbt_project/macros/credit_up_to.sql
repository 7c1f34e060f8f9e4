{#- Credit in kopecks of the first `step` touches of a path of `length` touches, for |revenue|.
    The credit of one touch is the difference of two neighbours, so it adds up to the revenue exactly
    and each part is within one kopeck of its exact share. Integer division of bigints rounds down.
    Largest product: 10^12 kopecks * 100 * 10^4 touches = 10^18, inside bigint.
    `decay` is the sum of decayed weights up to this step (float8), `decay_total` that of the path. -#}
{% macro credit_up_to(amount, step, length, decay, decay_total) -%}
    case
        when {{ step }} = 0 then 0
        when {{ step }} = {{ length }} then {{ amount }}
        when kind = 'first' then {{ amount }}
        when kind = 'last' then 0
        when kind = 'linear' then {{ amount }} * {{ step }} / {{ length }}
        when kind = 'time_decay' then floor({{ amount }} * {{ decay }} / {{ decay_total }})::bigint
        when kind = 'position' and {{ length }} = 2 then {{ amount }} * first_share / (first_share + last_share)
        when kind = 'position'
            then {{ amount }} * (
                first_share * ({{ length }} - 2) + (100 - first_share - last_share) * ({{ step }} - 1)
            ) / (100 * ({{ length }} - 2))
    end
{%- endmacro %}

{#- Exact share of one touch, 0..1, for the same rules. -#}
{% macro touch_weight(step, length, decay, decay_total) -%}
    case
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
