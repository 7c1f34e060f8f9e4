{#- Lines of attribution_models as the SQL uses them, and what each model looks at of a path. The tables
    and marts.explain_order are made of the same text, so an explanation cannot tell another story. -#}

{#- Models that look at the same touches in the same way share one variant of the path, named after what they
    look at: so credit of a model stands while others come and go. A model that ages nothing takes any half-life;
    one with weights of its own is alone. -#}
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
        concat_ws(
            ' ', lookback_text, half_life_text, 'without ' || nullif(excluded_text, ''),
            case when keeps_excluded_alone then 'kept alone' end, case when resets then 'resets' end,
            'collapses ' || collapses, collapse_by, case when merges_calls then 'merges calls' end, 'as ' || own_model_id
        ) as variant
    from (
        select
            *,
            coalesce(half_life_days * 86400.0::float8, 86400.0::float8) as half_life_seconds,
            trim_scale(lookback_days)::text as lookback_text,
            'half ' || trim_scale(half_life_days)::text as half_life_text
        from (
            select
                model_id,
                kind,
                first_share,
                last_share,
                lookback_days,
                lookback,
                coalesce(
                    own_half_life,
                    min(own_half_life) over (
                        partition by
                            lookback_days, excluded_text, keeps_excluded_alone, resets, collapses, collapse_by,
                            merges_calls, own_model_id
                    )
                ) as half_life_days,
                excluded_text,
                excluded_channels,
                keeps_excluded_alone,
                resets,
                merges_calls,
                collapses,
                collapse_by,
                own_model_id
            from (
                select
                    model_id,
                    kind,
                    first_share::bigint as first_share,
                    last_share::bigint as last_share,
                    lookback_days,
                    {{ days('lookback_days') }} as lookback,
                    case kind when 'time_decay' then half_life_days end as own_half_life,
                    coalesce(trim(excluded_channels), '') as excluded_text,
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
        ) as shared
    ) as aged
{%- endmacro %}

{#- So many times 24 hours, whatever clocks did in between; fractions are good to the microsecond. -#}
{% macro days(number) -%}
    ({{ number }})::float8 * interval '24 hours'
{%- endmacro %}

{#- How far back the longest path reaches: SQL that is one value. -#}
{% macro longest_lookback(models) -%}
    (select {{ days('max(lookback_days)') }} from {{ models }})
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
    select
        variant,
        lookback,
        half_life_seconds,
        excluded_channels,
        keeps_excluded_alone,
        resets,
        collapses,
        collapse_by,
        merges_calls,
        own_model_id,
        bool_or(kind = 'first') as has_first,
        bool_or(kind = 'last') as has_last,
        bool_or(kind not in ('first', 'last')) as has_shares
    from (
    {{ attribution_parameters(models) }}
    ) as models
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
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
