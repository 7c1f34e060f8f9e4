-- Every row of the daily credit is the sum of its credits, and no credit is missing in it.
{{ config(meta={'audit': 'credit'}) }}

-- What the days say, less what the credits say.
with differences as (
    select
        local_date,
        brand,
        region,
        channel,
        source,
        campaign,
        model_id,
        basis,
        conversions * 1000000 as share_ppm,
        revenue_kopecks,
        margin_kopecks,
        entries
    from {{ ref('fct_attribution_daily') }}
    {% for basis, moment in {
        'order_date': 'converted_at', 'touch_date': 'coalesce(touched_at, converted_at)'
    }.items() -%}
    union all
    select
        {{ local_date(moment) }} as local_date,
        brand,
        region,
        channel,
        coalesce(source, '(none)') as source,
        coalesce(campaign, '(none)') as campaign,
        model_id,
        '{{ basis }}' as basis,
        -share_ppm as share_ppm,
        -credit_kopecks as revenue_kopecks,
        -coalesce(margin_kopecks, 0) as margin_kopecks,
        -1 as entries
    from {{ ref('fct_attribution') }}
    {% endfor %}
)

select
    local_date,
    brand,
    region,
    channel,
    source,
    campaign,
    model_id,
    basis,
    sum(share_ppm) as share_ppm,
    sum(revenue_kopecks) as revenue_kopecks,
    sum(margin_kopecks) as margin_kopecks,
    sum(entries) as entries
from differences
group by local_date, brand, region, channel, source, campaign, model_id, basis
having sum(share_ppm) <> 0 or sum(revenue_kopecks) <> 0 or sum(margin_kopecks) <> 0 or sum(entries) <> 0
