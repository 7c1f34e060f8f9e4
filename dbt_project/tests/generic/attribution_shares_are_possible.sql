{#- Shares are percents that leave nothing negative; lookback and half-life are positive. -#}
{% test attribution_shares_are_possible(model) %}
select
    model_id,
    first_share,
    last_share
from {{ model }}
where
    first_share < 0
    or last_share < 0
    or first_share + last_share not between 1 and 100
    or lookback_days <= 0
    or half_life_days <= 0
{% endtest %}
