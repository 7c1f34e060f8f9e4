-- Every conversion has every model, and the credits of each model add up to its revenue to the kopeck.
-- Shares of a conversion add up to one.
{{ config(meta={'dagster': {'ref': {'name': 'fct_attribution'}}}) }}

with expected as (
    select
        conversions.conversion_id,
        conversions.revenue_kopecks,
        models.model_id
    from {{ ref('fct_conversion') }} as conversions
    cross join {{ ref('attribution_models') }} as models
),

credited as (
    select
        conversion_id,
        model_id,
        sum(credit_kopecks) as credit_kopecks,
        sum(weight) as weight
    from {{ ref('fct_attribution') }}
    group by conversion_id, model_id
)

select
    expected.conversion_id,
    expected.model_id,
    expected.revenue_kopecks,
    credited.credit_kopecks,
    credited.weight
from expected
full outer join credited
    on expected.conversion_id = credited.conversion_id and expected.model_id = credited.model_id
where
    expected.revenue_kopecks is distinct from credited.credit_kopecks
    or abs(credited.weight - 1) > 1e-9
