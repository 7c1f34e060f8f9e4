{#- Parts of the marts of sales: names of managers and pipelines, and time in a stage. -#}

{#- How a pipeline is called; by its number where the portal does not list it. -#}
{% macro pipeline_name(category, name) -%}
coalesce({{ name }}, case when {{ category }} is not null then '#' || {{ category }} end)
{%- endmacro %}

{#- How a manager is called; by the number where the webhook may not read the staff. -#}
{% macro manager_name(manager, name) -%}
coalesce({{ name }}, case when {{ manager }} is not null then '#' || {{ manager }} end)
{%- endmacro %}

{#- CTEs that estimate by Kaplan and Meier how long a stay lasts, by `cell`, from rows of CTE `stays` (`seconds`,
    `is_over`): of those that had lasted as long, the share that ended then leaves the curve, so that a stay which goes
    on counts for as long as it is known to last. The last CTE is `curve`: the share that is left after so many
    seconds. -#}
{% macro kaplan_meier_curve(stays, cell) -%}
{%- set columns = cell | join(', ') -%}
ended as (
    select
        {{ columns }},
        seconds,
        count(*) as leaving,
        count(*) filter (where is_over) as over
    from {{ stays }}
    group by {{ columns }}, seconds
),

at_risk as (
    select
        *,
        sum(leaving) over (partition by {{ columns }} order by seconds desc) as known_to_last
    from ended
),

curve as (
    select
        {{ columns }},
        seconds,
        over,
        -- A product as a sum of logarithms, which has none of 0: nothing is left from there on.
        case
            when bool_or(over = known_to_last) over upto then 0
            else round(exp(sum(ln(
                case when over < known_to_last then 1 - over / known_to_last::numeric else 1 end
            )) over upto), 9)
        end as share_left
    from at_risk
    window upto as (partition by {{ columns }} order by seconds)
)
{%- endmacro %}

{#- The same with a CTE `durations`: the time by which half of the stays are over, and nine tenths; null while fewer
    are. -#}
{% macro kaplan_meier(stays, cell) -%}
{%- set columns = cell | join(', ') -%}
{{ kaplan_meier_curve(stays, cell) }},

durations as (
    select
        {{ columns }},
        min(seconds) filter (where share_left <= 0.5) as median_seconds,
        min(seconds) filter (where share_left <= 0.1) as p90_seconds
    from curve
    group by {{ columns }}
)
{%- endmacro %}
