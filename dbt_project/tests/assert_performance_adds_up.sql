-- Under every model and basis the performance of channels has each visit, each kopeck of cost and each
-- credited kopeck of the newest 30 days exactly once.
{{ config(meta={'audit': 'statistics'}) }}

{% set recent %}
local_date > (select max(days.local_date) - 30 from {{ ref('fct_attribution_daily') }} as days)
{% endset %}

with shown as (
    select
        model_id,
        basis,
        sum(sessions) as sessions,
        coalesce(sum(clicks), 0) as clicks,
        coalesce(sum(spend_kopecks + spend_vat_kopecks), 0) as spend_kopecks,
        sum(leads) as leads,
        sum(purchases) as purchases,
        sum(revenue_kopecks) as revenue_kopecks
    from {{ ref('channel_performance_daily') }}
    where {{ recent }}
    group by model_id, basis
),

visits as (
    select coalesce(sum(sessions), 0) as sessions
    from {{ ref('bl_omni_stats_local') }}
    where {{ recent }}
),

spend as (
    select
        coalesce(sum(clicks), 0) as clicks,
        count(*) = count(clicks) as has_all_clicks,
        coalesce(sum(net_kopecks + vat_kopecks), 0) as spend_kopecks
    from {{ ref('int_ads__spend') }}
    where {{ recent }}
),

credit as (
    select
        model_id,
        basis,
        sum(leads) as leads,
        sum(purchases) as purchases,
        sum(revenue_kopecks) as revenue_kopecks
    from {{ ref('fct_attribution_daily') }}
    where {{ recent }}
    group by model_id, basis
)

select shown.*
from shown
cross join visits
cross join spend
left join credit on shown.model_id = credit.model_id and shown.basis = credit.basis
where
    (shown.sessions, shown.spend_kopecks) is distinct from (visits.sessions, spend.spend_kopecks)
    or (spend.has_all_clicks and shown.clicks is distinct from spend.clicks)
    or (shown.leads, shown.purchases, shown.revenue_kopecks) is distinct from (
        coalesce(credit.leads, 0), coalesce(credit.purchases, 0), coalesce(credit.revenue_kopecks, 0)
    )
