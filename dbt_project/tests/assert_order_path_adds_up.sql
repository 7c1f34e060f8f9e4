-- What explains the hundred latest conversions adds up, in every model, to their revenue to the kopeck.
-- Not of all: explaining takes milliseconds for each.
{{ config(meta={'audit': 'credit'}) }}

with latest as (
    select
        conversion_id,
        revenue_kopecks
    from {{ ref('fct_conversion') }}
    order by at desc, conversion_id desc
    limit 100
),

explained as (
    select
        latest.conversion_id,
        paths.model_id,
        sum(paths.credit_kopecks) as credit_kopecks
    from latest
    inner join {{ ref('order_path') }} as paths on latest.conversion_id = paths.conversion_id
    group by latest.conversion_id, paths.model_id
)

select
    latest.conversion_id,
    models.model_id,
    latest.revenue_kopecks,
    explained.credit_kopecks
from latest
cross join {{ ref('attribution_models') }} as models
left join explained
    on latest.conversion_id = explained.conversion_id and models.model_id = explained.model_id
where latest.revenue_kopecks is distinct from explained.credit_kopecks
