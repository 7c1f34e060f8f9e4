-- Every conversion has every model, and the credits of each model add up to its revenue and
-- margin to the kopeck.
-- Shares of a conversion add up to one.
{{ config(meta={'audit': 'credit'}) }}

with expected as (
    select
        conversions.conversion_id,
        conversions.revenue_kopecks,
        conversions.margin_kopecks,
        models.model_id
    from {{ ref('fct_conversion') }} as conversions
    cross join {{ ref('attribution_models') }} as models
),

credited as (
    select
        conversion_id,
        model_id,
        sum(credit_kopecks) as credit_kopecks,
        sum(margin_kopecks) as margin_kopecks,
        sum(share_ppm) as share_ppm,
        sum(weight) as weight
    from {{ ref('fct_attribution') }}
    group by conversion_id, model_id
)

select
    expected.conversion_id,
    expected.model_id,
    expected.revenue_kopecks,
    expected.margin_kopecks as expected_margin_kopecks,
    credited.credit_kopecks,
    credited.margin_kopecks,
    credited.share_ppm,
    credited.weight
from expected
full outer join credited
    on expected.conversion_id = credited.conversion_id and expected.model_id = credited.model_id
where
    expected.revenue_kopecks is distinct from credited.credit_kopecks
    or expected.margin_kopecks is distinct from credited.margin_kopecks
    or credited.share_ppm is distinct from 1000000
    or abs(credited.weight - 1) > 1e-9
