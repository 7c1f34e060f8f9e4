{#- Lines of attribution_models as the SQL uses them, and what each model looks at of a path. The tables
    and marts.explain_order are made of the same text, so an explanation cannot tell another story. -#}

{#- Models that look at the same touches in the same way share one variant of the path, named after the
    first of them. A model that ages nothing takes any half-life; one with weights of its own is alone. -#}
{% macro attribution_parameters(models) -%}
    select
        model_id,
        kind,
        first_share,
        last_share,
        lookback,
        half_life_seconds,
        excluded_channels,
        keeps_excluded_alone,
        resets,
        collapses,
        collapse_by,
        merges_calls,
        own_model_id,
        min(model_id) over (
            partition by
                lookback, half_life_seconds, excluded_channels, keeps_excluded_alone, resets, collapses,
                collapse_by, merges_calls, own_model_id
        ) as variant
    from (
        select
            *,
            coalesce(
                own_half_life,
                min(own_half_life) over (
                    partition by
                        lookback, excluded_channels, keeps_excluded_alone, resets, collapses, collapse_by,
                        merges_calls, own_model_id
                ),
                86400.0::float8
            ) as half_life_seconds
        from (
            select
                model_id,
                kind,
                first_share::bigint as first_share,
                last_share::bigint as last_share,
                {{ days('lookback_days') }} as lookback,
                case kind when 'time_decay' then half_life_days * 86400.0::float8 end as own_half_life,
                {{ names_in('excluded_channels') }} as excluded_channels,
                coalesce(keeps_excluded_alone, false) as keeps_excluded_alone,
                coalesce(resets, false) as resets,
                coalesce(merges_calls, false) as merges_calls,
                collapses,
                -- Without repeats to collapse it says nothing, and makes no variant of its own.
                case when collapses is not null then collapse_by end as collapse_by,
                case kind when 'weights' then model_id end as own_model_id
            from {{ models }}
        ) as lines
    ) as aged
{%- endmacro %}

{#- So many times 24 hours, whatever clocks did in between; fractions are good to the microsecond. -#}
{% macro days(number) -%}
    ({{ number }})::float8 * interval '24 hours'
{%- endmacro %}

{#- Array of the names between semicolons; empty when there are none. -#}
{% macro names_in(list) -%}
    regexp_split_to_array(coalesce(trim({{ list }}), ''), '\s*;\s*')
{%- endmacro %}

{#- Steps from paths to what each variant looks at, as CTEs:

    variants     what models share
    candidates   within the lookback, after the last purchase if that resets, without calls of sessions and
                 without sources on CRM objects that another touch tells
    kept         without excluded channels, unless there is nothing else and the model keeps it
    single       without repeats: of neighbours of one channel, source and campaign, or of one channel alone, the first
                 or the last -#}
{% macro path_stages(paths, models) -%}
{#- Made for those that ask only: a record for each touch costs a tenth of the whole model. -#}
{%- set likeness -%}
case
    when collapse_by = 'channel' then row(channel, ''::text, ''::text)
    when collapses is not null then row(channel, coalesce(source, ''), coalesce(campaign, ''))
end
{%- endset -%}
variants as (
    select distinct
        variant,
        lookback,
        half_life_seconds,
        excluded_channels,
        keeps_excluded_alone,
        resets,
        collapses,
        collapse_by,
        merges_calls,
        own_model_id
    from (
    {{ attribution_parameters(models) }}
    ) as models
),

candidates as (
    select
        paths.*,
        variants.variant,
        variants.half_life_seconds,
        variants.keeps_excluded_alone,
        variants.collapses,
        variants.collapse_by,
        variants.own_model_id,
        coalesce(
            paths.channel = any(variants.excluded_channels)
            or (paths.is_direct and '(direct)' = any(variants.excluded_channels)),
            false
        ) as is_excluded
    from {{ paths }} as paths
    inner join variants
        on
            paths.touched_at >= paths.converted_at - variants.lookback
            and (
                not variants.resets
                or paths.previous_purchase_at is null
                or paths.touched_at > paths.previous_purchase_at
            )
            -- A session that is not on the path cannot take its call along.
            and (
                not variants.merges_calls
                or paths.session_at is null
                or paths.session_at < paths.converted_at - variants.lookback
                or (variants.resets and paths.session_at <= paths.previous_purchase_at)
            )
            -- Nor can one silence the CRM.
            and (
                paths.told_at is null
                or paths.told_at < paths.converted_at - variants.lookback
                or (variants.resets and paths.told_at <= paths.previous_purchase_at)
            )
),

marked as (
    select
        *,
        bool_and(is_excluded) over (
            -- In the order that all later windows have, so that one sort serves them.
            partition by conversion_id, variant order by position
            rows between unbounded preceding and unbounded following
        ) as is_only_excluded
    from candidates
),

kept as (
    select
        *,
        coalesce({{ likeness }} = lag({{ likeness }}) over in_order, false) as is_like_previous,
        coalesce({{ likeness }} = lead({{ likeness }}) over in_order, false) as is_like_next
    from marked
    where not is_excluded or (keeps_excluded_alone and is_only_excluded)
    window in_order as (partition by conversion_id, variant order by position)
),

single as (
    select *
    from kept
    -- Said as exceptions: of the opposite the planner expects one row in two hundred.
    where
        not (coalesce(collapses, '') = 'first' and is_like_previous)
        and not (coalesce(collapses, '') = 'last' and is_like_next)
)
{%- endmacro %}
