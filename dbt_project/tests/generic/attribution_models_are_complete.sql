{#- Every line has a known kind and what the kind needs; channels left out exist. -#}
{% test attribution_models_are_complete(model) %}
{% set query %}
with models as (
    select
        *,
        {{ names_in('excluded_channels') }} as channels
    from {{ model }}
),

channels as (
    select channel from {{ ref('channel_rules') }}
    union
    select channel from {{ ref('call_tracking_numbers') }}
)

select format('attribution_models, model %s: %s', model_id, problem) as problem
from models
cross join lateral (
    values
    (
        kind not in ('first', 'last', 'linear', 'time_decay', 'position', 'weights'),
        format('kind "%s" is unknown; known are first, last, linear, time_decay, position, weights', kind)
    ),
    (kind = 'time_decay' and half_life_days is null, 'kind time_decay needs half_life_days'),
    (
        kind = 'position' and (first_share is null or last_share is null),
        'kind position needs first_share and last_share'
    ),
    (
        collapses not in ('first', 'last'),
        format('collapses is "%s", must be first, last or empty', collapses)
    ),
    (collapse_by <> 'channel', format('collapse_by is "%s", must be channel or empty', collapse_by)),
    (collapse_by is not null and collapses is null, 'collapse_by without collapses'),
    (
        coalesce(keeps_excluded_alone, false) and channels = array[''],
        'keeps_excluded_alone without excluded_channels'
    )
) as checks (is_wrong, problem)
where is_wrong
union all
select format('attribution_models, model %s: no rule gives the channel "%s" that is excluded', model_id, channel)
from models
cross join lateral unnest(channels) as excluded (channel)
where
    channel not in ('', '(direct)')
    and not exists (select 1 from channels as known where known.channel = excluded.channel)
{% endset %}
{{ problems(query) }}
{% endtest %}
