-- Every conversion whose credit this run wrote has every model, and the credits of each model add up to its
-- revenue and margin to the kopeck. The same over all conversions is assert_credit_equals_revenue.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'fct_attribution_daily'}}}) }}
{%- set stands_at = ref('fct_attribution_daily') %}

with
-- Since the marts were last complete: in the change logs, or all of them in tables made whole.
named as (
    select conversion_id from {{ log_of(ref('int_attribution__steps')) }}
    union
    select conversion_id from {{ log_of(ref('fct_conversion')) }}
    union
    select conversions.conversion_id
    from {{ ref('fct_conversion') }} as conversions
    where exists (
        select 1
        from ops.table_made as made
        left join ops.watermark as ended on ended.model = 'marts'
        where
            made.model = 'int_attribution__steps'
            and made.made_at > coalesce(ended.moved_at, '-infinity')
    )
),

changed as (
    select
        named.conversion_id,
        conversions.revenue_kopecks,
        conversions.margin_kopecks
    from named
    left join {{ ref('fct_conversion') }} as conversions on named.conversion_id = conversions.conversion_id
),

expected as (
    select
        changed.conversion_id,
        changed.revenue_kopecks,
        changed.margin_kopecks,
        models.model_id
    from changed
    cross join {{ ref('attribution_models') }} as models
    where changed.revenue_kopecks is not null
),

credited as (
    select
        credits.conversion_id,
        credits.model_id,
        sum(credits.credit_kopecks) as credit_kopecks,
        sum(credits.margin_kopecks) as margin_kopecks,
        sum(credits.share_ppm) as share_ppm,
        sum(credits.weight) as weight
    from changed
    inner join {{ ref('fct_attribution') }} as credits on changed.conversion_id = credits.conversion_id
    group by credits.conversion_id, credits.model_id
)

select
    coalesce(expected.conversion_id, credited.conversion_id) as conversion_id,
    coalesce(expected.model_id, credited.model_id) as model_id,
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
