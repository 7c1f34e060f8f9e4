{#- What the touches of a path weigh, path by path. -#}

{#- Lines of attribution_weights as they are looked up: an age belongs to the smallest bound that it does not exceed. -#}
{% macro own_weights(weights) -%}
select
    *,
    coalesce(lag(age) over (partition by model_id, by order by age), interval '-1 microsecond') as age_before
from (
    select
        model_id,
        by,
        key,
        weight::float8 as weight,
        case when by like 'position%' then key::bigint end as number,
        case when by = 'age_days' then {{ days('key::numeric') }} end as age
    from {{ weights }}
) as lines
{%- endmacro %}

{#- Weights by age or by own lines (`bounded`) of the steps of a variant, and their sums up to each, as a lateral
    beside path_stages; null for variants of which no model asks. Both add up in the order of the path, so what
    stands before the last touch and that touch are the sum of all to the last bit. -#}
{% macro weights_of_steps() -%}
cross join lateral (
    select
        array_agg(decay order by step) as decays,
        array_agg(decay_until order by step) as decay_sums
    from (
        select
            step,
            decay,
            sum(decay) over (order by step rows between unbounded preceding and current row) as decay_until
        from (
            select
                touch.step,
                case
                    when variants.own_model_id is null
                        -- float8 on purpose: numeric powers cost six times the whole model. Age counts from the last
                        -- touch (ratios stay the same) and is capped: exp() raises an error below exp(-745).
                        then exp(greatest(-ln(2.0::float8) * touch.age_seconds / variants.half_life_seconds, -700))
                    else (
                        select coalesce(sum(bounded.weight), 0)
                        from bounded
                        where
                            bounded.model_id = variants.own_model_id
                            and case bounded.by
                                when 'position' then bounded.number = touch.step
                                when 'position_from_end'
                                    then bounded.number = cardinality(single.positions) - touch.step + 1
                                when 'channel' then bounded.key = sequences.channels[touch.position]
                                when 'age_days'
                                    then
                                        touch.at >= sequences.converted_at - bounded.age
                                        and touch.at < sequences.converted_at - bounded.age_before
                            end
                    )
                end as decay
            from (
                select
                    step,
                    position,
                    sequences.touch_times[position] as at,
                    -- Whole microseconds: of seconds and days apart the sum would be rounded twice.
                    round(1000000 * date_part(
                        'epoch',
                        sequences.touch_times[single.positions[cardinality(single.positions)]]
                        - sequences.touch_times[position]
                    )) / 1000000 as age_seconds
                from unnest(single.positions) with ordinality as place (position, step)
                where variants.has_decay
            ) as touch
        ) as weighed
    ) as summed
) as weights
{%- endmacro %}

{#- The places that some model of a variant credits, as a lateral beside weights_of_steps; null where none is. -#}
{% macro credited_steps() -%}
cross join lateral (
    select case
        -- What weighs nothing has led to nothing.
        when weights.decay_sums[cardinality(single.positions)] = 0 then null
        when variants.has_shares then single.positions
        when variants.has_first then single.positions[1:1]
        else single.positions[cardinality(single.positions):]
    end as positions
    where true
    offset 0 -- noqa: AM09
) as credited
{%- endmacro %}

{#- The values of an array of the path at these places; without any `otherwise`. -#}
{% macro at_credited(values, otherwise='null') -%}
case
        when credited.positions is null then {{ otherwise }}
        when cardinality(credited.positions) = sequences.path_length then sequences.{{ values }}
        when cardinality(credited.positions) = 1 then array[sequences.{{ values }}[credited.positions[1]]]
        else array(
            select sequences.{{ values }}[place.position]
            from unnest(credited.positions) with ordinality as place (position, step)
            order by place.step
        )
    end
{%- endmacro %}
