{#- Lines of attribution_models as the SQL uses them, and the way from touches to a path. The tables and
    marts.explain_order are made of the same text, so an explanation cannot tell another story. -#}

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
        merges_calls,
        own_model_id,
        min(model_id) over (
            partition by
                lookback, half_life_seconds, excluded_channels, keeps_excluded_alone, resets, collapses,
                merges_calls, own_model_id
        ) as variant
    from (
        select
            *,
            coalesce(
                own_half_life,
                min(own_half_life) over (
                    partition by
                        lookback, excluded_channels, keeps_excluded_alone, resets, collapses, merges_calls,
                        own_model_id
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

{#- One row per conversion and touch of its customer within `times` the longest lookback, both ends
    included, in the order (time, source priority, touch_id).

    previous_purchase_at  the customer's last paid purchase before this conversion, within that time
    session_at            of a call without a tracked number: the web session it belongs to -#}
{% macro paths_of(affected, conversions, touches, models, rules, times=1) -%}
with longest as (
    select
        {{ days('max(lookback_days) * ' ~ times) }} as lookback,
        bool_or(coalesce(resets, false)) as resets
    from {{ models }}
),

numbered as (
    select rule_id
    from {{ rules }}
    where channel = '(trunk)'
),

reached as (
    select
        conversions.conversion_id,
        conversions.kind,
        conversions.customer_uuid,
        conversions.at,
        conversions.at - longest.lookback as from_at,
        previous.at as previous_purchase_at
    from {{ affected }} as affected
    inner join {{ conversions }} as conversions
        on affected.conversion_id = conversions.conversion_id
    cross join longest
    -- Looked up only when some model asks for it.
    cross join lateral (
        select max(purchases.at) as at
        from {{ conversions }} as purchases
        where
            longest.resets
            and purchases.customer_uuid = conversions.customer_uuid
            and purchases.at < conversions.at
            and purchases.at >= conversions.at - longest.lookback
            and {{ is_purchase('purchases') }}
    ) as previous
),

paired as (
    select
        reached.conversion_id,
        reached.customer_uuid,
        reached.at as converted_at,
        reached.previous_purchase_at,
        touches.touch_id,
        touches.at as touched_at,
        touches.touch_type,
        touches.source_priority,
        touches.is_direct,
        touches.channel,
        touches.source,
        touches.campaign,
        numbered.rule_id is not null as has_own_number
    from reached
    inner join {{ touches }} as touches
        on
            reached.customer_uuid = touches.customer_uuid
            and reached.at >= touches.at
            and reached.from_at <= touches.at
    left join numbered on touches.rule_id = numbered.rule_id
    where
        touches.is_on_path
        -- The visit to the till is the purchase itself, not what led to it.
        and not (
            reached.kind = 'receipt' and touches.touch_type = 'pos_visit' and touches.at = reached.at
        )
),

placed as (
    select
        *,
        row_number() over so_far as position,
        count(*) over (partition by conversion_id) as path_length,
        max(touched_at) filter (where touch_type = 'web_session') over so_far as last_session_at
    from paired
    window so_far as (partition by conversion_id order by touched_at, source_priority, touch_id)
)

select
    conversion_id,
    touch_id,
    customer_uuid,
    converted_at,
    touched_at,
    previous_purchase_at,
    case
        when
            touch_type = 'call' and not has_own_number
            and last_session_at >= touched_at - interval '{{ call_of_session_minutes() }} minutes'
            then last_session_at
    end as session_at,
    is_direct,
    channel,
    source,
    campaign,
    position::int as position,
    path_length::int as path_length
from placed
{%- endmacro %}

{#- A call so soon after a visit began is part of it, when its number does not say where it came from. -#}
{% macro call_of_session_minutes() -%}30{%- endmacro %}

{#- What a model that resets starts after: bought, paid, and not cancelled. -#}
{% macro is_purchase(conversion) -%}
    {{ conversion }}.is_paid and not {{ conversion }}.is_cancelled and {{ conversion }}.kind <> 'lead'
{%- endmacro %}

{#- Steps from paths to what each variant looks at, as CTEs:

    variants     what models share
    candidates   within the lookback, after the last purchase if that resets, calls of sessions left out
    kept         without excluded channels, unless there is nothing else and the model keeps it
    single       without repeats: of neighbours of one channel, source and campaign the first or the last -#}
{% macro path_stages(paths, models) -%}
{#- Made for those that ask only: a record for each touch costs a tenth of the whole model. -#}
{%- set likeness -%}
case when collapses is not null then row(channel, coalesce(source, ''), coalesce(campaign, '')) end
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
),

marked as (
    select
        *,
        bool_and(is_excluded) over (partition by conversion_id, variant) as is_only_excluded
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
    where
        collapses is null
        or (collapses = 'first' and not is_like_previous)
        or (collapses = 'last' and not is_like_next)
)
{%- endmacro %}
