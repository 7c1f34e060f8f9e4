{#- What a touch weighs on the path of a variant, as CTEs on from `single` (path_stages):

    placed   which step it is
    decayed  its weight by age or by lines of attribution_weights
    summed   what weighs before it, and all -#}
{% macro weighed_stages(weights) -%}
own_lines as (
    select
        model_id,
        by,
        key,
        weight::float8 as weight,
        case when by like 'position%' then key::bigint end as number,
        case when by = 'age_days' then {{ days('key::numeric') }} end as age
    from {{ weights }}
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
)
{%- endmacro %}
