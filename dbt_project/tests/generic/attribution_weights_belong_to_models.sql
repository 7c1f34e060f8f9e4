{#- Weights belong to a model of kind weights and say what they weigh, once; such a model has some. -#}
{% test attribution_weights_belong_to_models(model) %}
{% set query %}
with weights as (
    select
        *,
        format('attribution_weights, model %s, %s %s: ', model_id, by, key) as line,
        case when by <> 'channel' and key ~ '^\d{1,6}(\.\d{1,9})?$' then key::numeric end as number
    from {{ model }}
)

select line || problem as problem
from weights
cross join lateral (
    values
    (weight < 0, format('weight is %s, must be 0 or more', weight)),
    (
        by not in ('position', 'position_from_end', 'channel', 'age_days'),
        'unknown; weights go by position, position_from_end, channel or age_days'
    ),
    (
        by in ('position', 'position_from_end') and (number is null or number < 1 or number <> floor(number)),
        'a place is a whole number from 1'
    ),
    (by = 'age_days' and (number is null or number <= 0), 'an age is a number of days above 0'),
    (
        not exists (
            select 1 from {{ ref('attribution_models') }} as models
            where models.model_id = weights.model_id and models.kind = 'weights'
        ),
        'attribution_models has no such model of kind weights'
    )
) as checks (is_wrong, problem)
where is_wrong
union all
select min(line collate "C") || 'written ' || count(*) || ' times' as problem
from weights
group by model_id, by, coalesce(number::float8::text, key)
having count(*) > 1
union all
select format('attribution_models, model %s: kind weights, but attribution_weights has none above 0', model_id)
from {{ ref('attribution_models') }} as models
where
    kind = 'weights'
    and not exists (select 1 from weights where weights.model_id = models.model_id and weights.weight > 0)
{% endset %}
{{ problems(query) }}
{% endtest %}
