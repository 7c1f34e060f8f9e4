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

{#- Tells the planner how paths and journeys are made whole; until the end of the transaction. Touches by an index on
    the customer lie all over the table: 0.3 of 1.6 CPU s of 497,000. Statistics of 30,000 rows of arrays cost as
    much as a fifth of the rows themselves, and nobody looks for an element. -#}
{% macro as_a_whole() -%}
set local enable_indexscan = off;
set local enable_memoize = off;
set local default_statistics_target = 10;
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

{#- Columns of attribution_models that views of credit read. -#}
{% macro model_columns() -%}
model_id, kind, lookback_days, half_life_days, first_share, last_share, excluded_channels, keeps_excluded_alone, resets,
collapses, collapse_by, merges_calls
{%- endmacro %}

{#- Hook of int_attribution__steps: int_attribution__models says what these steps were made with, in the same
    transaction. At its own turn, a moment later, no variant of a changed model would have had steps in between.
    Where it is not there yet, or has other columns, its turn will do. -#}
{% macro models_of_steps() -%}
{%- set models = this.incorporate(path={'identifier': 'int_attribution__models'}) %}
do $hook$
begin
    if exists (
        (select {{ model_columns() }} from {{ ref('attribution_models') }} except table {{ models }})
        union all
        (table {{ models }} except select {{ model_columns() }} from {{ ref('attribution_models') }})
    ) then
        delete from {{ models }};
        insert into {{ models }} select {{ model_columns() }} from {{ ref('attribution_models') }};
    end if;
exception when undefined_table or undefined_column or syntax_error or datatype_mismatch then
    raise notice '{{ models }} follows later';
end
$hook$
{%- endmacro %}
