{#- What models that share a variant look at of a path. -#}

{#- What models of the same variant share. -#}
{% macro variants_of(models) -%}
select
    variant,
    lookback,
    half_life_seconds,
    excluded_channels,
    excluded_channels <> array[''] as excludes,
    keeps_excluded_alone,
    resets,
    collapses,
    collapse_by,
    merges_calls,
    own_model_id,
    bool_or(kind in ('time_decay', 'weights')) as has_decay,
    -- Of others the first or the last step is all that is credited.
    bool_or(kind not in ('first', 'last')) or count(distinct kind) > 1 as has_shares,
    bool_or(kind = 'first') as has_first
from (
    {{ attribution_parameters(models) }}
) as models
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
{%- endmacro %}

{#- What each of `variants` looks at of a path, as laterals beside rows `sequences` (sequences_of): places on the
    path, in its order, null where there are none.

    candidates   within the lookback, after the last purchase if that resets, without calls of sessions and
                 without sources on CRM objects that another touch tells
    kept         without excluded channels, unless there is nothing else and the model keeps it
    single       without repeats: of neighbours of one channel, source and campaign, or of one channel alone, the first
                 or the last

    Path by path, as most are short: windows over all touches and variants took five times as long. Most variants
    look at all of most paths: then no touch is looked at. -#}
{% macro path_stages() -%}
-- Row by row: the other way round all sequences are put aside to be read once for each variant.
cross join lateral (
    select * from variants
    where coalesce(sequences.path_length, 0) >= 0
    offset 0 -- noqa: AM09
) as variants
cross join lateral (
    select case
        when
            sequences.path_length <= 200
            and sequences.touch_times[1] >= sequences.converted_at - variants.lookback
            and (
                not variants.resets
                or sequences.previous_purchase_at is null
                or sequences.touch_times[1] > sequences.previous_purchase_at
            )
            and (not variants.merges_calls or sequences.last_session_at is null)
            and sequences.last_told_at is null
            then (array(select generate_series(1, 200)))[:sequences.path_length]
        else (
            select array_agg(touch.position::int order by touch.position)
            from
                unnest(
                    sequences.touch_times, sequences.session_times, sequences.told_times
                ) with ordinality as touch (at, session_at, told_at, position)
            where
                touch.at >= sequences.converted_at - variants.lookback
                and (
                    not variants.resets
                    or sequences.previous_purchase_at is null
                    or touch.at > sequences.previous_purchase_at
                )
                -- A session that is not on the path cannot take its call along.
                and (
                    not variants.merges_calls
                    or touch.session_at is null
                    or touch.session_at < sequences.converted_at - variants.lookback
                    or (variants.resets and touch.session_at <= sequences.previous_purchase_at)
                )
                -- Nor can one silence the CRM.
                and (
                    touch.told_at is null
                    or touch.told_at < sequences.converted_at - variants.lookback
                    or (variants.resets and touch.told_at <= sequences.previous_purchase_at)
                )
        )
    end as positions
    where true
    offset 0 -- noqa: AM09
) as candidates
cross join lateral (
    select case
        when not variants.excludes then candidates.positions
        else coalesce(
            (
                select array_agg(touch.position::int order by touch.position)
                from
                    unnest(sequences.channels, sequences.are_direct) with ordinality
                        as touch (channel, is_direct, position)
                where
                    not coalesce(
                        touch.channel = any(variants.excluded_channels)
                        or (touch.is_direct and '(direct)' = any(variants.excluded_channels)),
                        false
                    )
                    and (
                        cardinality(candidates.positions) = sequences.path_length
                        or touch.position = any(candidates.positions)
                    )
            ),
            case when variants.keeps_excluded_alone then candidates.positions end
        )
    end as positions
    where true
    offset 0 -- noqa: AM09
) as kept
cross join lateral (
    select case
        when variants.collapses is null or kept.positions is null then kept.positions
        else array(
            select likened.position
            from (
                select
                    touch.position,
                    touch.likeness = lag(touch.likeness) over in_order as is_like_previous,
                    touch.likeness = lead(touch.likeness) over in_order as is_like_next
                from (
                    select
                        position,
                        case variants.collapse_by
                            when 'channel' then row(sequences.channels[position], ''::text, ''::text)
                            else row(
                                sequences.channels[position],
                                coalesce(sequences.sources[position], ''),
                                coalesce(sequences.campaigns[position], '')
                            )
                        end as likeness
                    from unnest(kept.positions) as position
                ) as touch
                window in_order as (order by touch.position)
            ) as likened
            where not coalesce(
                case variants.collapses when 'first' then is_like_previous when 'last' then is_like_next end, false
            )
            order by likened.position
        )
    end as positions
    where true
    offset 0 -- noqa: AM09
) as single
{%- endmacro %}
