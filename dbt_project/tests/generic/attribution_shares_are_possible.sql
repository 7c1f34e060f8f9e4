{#- Shares are percents that leave nothing negative; lookback and half-life are positive. -#}
{% test attribution_shares_are_possible(model) %}
{% set query %}
select format('attribution_models, model %s: %s', model_id, problem) as problem
from {{ model }}
cross join lateral (
    values
    (lookback_days <= 0, format('lookback_days is %s, must be above 0', lookback_days)),
    (half_life_days <= 0, format('half_life_days is %s, must be above 0', half_life_days)),
    (
        first_share < 0 or last_share < 0 or first_share + last_share not between 1 and 100,
        format('shares %s and %s, must be 0 or more and add up to 1..100', first_share, last_share)
    )
) as checks (is_wrong, problem)
where is_wrong
{% endset %}
{{ problems(query) }}
{% endtest %}
