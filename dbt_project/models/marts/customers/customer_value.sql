-- One row per customer who bought: what they are worth, how they stand among the others of their brand
-- (RFM) and how unusual their present silence is. The present is the start of the local day of the last run
-- (ops.bound.set_at).
{{ config(materialized='view') }}
{#- First that fits: who used to come often and is quiet now is at risk, not loyal. #}
{%- set segments = [
    ('champions', 'recency_score >= 4 and frequency_score >= 4'),
    ('at risk', 'recency_score <= 2 and frequency_score >= 3'),
    ('loyal', 'frequency_score >= 4'),
    ('new', 'frequency_score = 1 and recency_score = 5'),
    ('lost', 'recency_score = 1'),
] %}
{#- Equal values get one score, the lowest of their places: one purchase is 1 while most have one. #}
{%- set scores = {
    'recency_score': 'recency_days desc',
    'frequency_score': 'purchases_365d',
    'monetary_score': 'revenue_365d_kopecks',
} %}
{%- set shown = [
    'customer_uuid', 'brand', 'first_channel', 'first_source', 'last_channel', 'purchases', 'orders_paid', 'deals_won',
    'receipts', 'orders_cancelled', 'revenue_kopecks', 'refunds_kopecks', 'margin_kopecks', 'margin_known_share',
    'average_order_kopecks', 'first_purchase_at', 'last_purchase_at', 'purchase_days', 'mean_gap_days',
    'median_gap_days', 'recency_days', 'purchases_365d', 'revenue_365d_kopecks',
] %}

with today as (
    select {{ local_date('set_at') }} as day from {{ source('ops', 'bound') }}
),

-- 365 days back.
recent as (
    select
        conversions.customer_uuid,
        count(*) as purchases_365d,
        sum(conversions.revenue_kopecks)::bigint as revenue_365d_kopecks
    from {{ ref('fct_conversion') }} as conversions
    cross join today
    where
        {{ is_purchase('conversions') }}
        and conversions.customer_uuid is not null
        and conversions.at >= (today.day - 365) at time zone '{{ var("local_timezone") }}'
    group by conversions.customer_uuid
),

dated as (
    select
        facts.*,
        greatest(today.day - {{ local_date('facts.last_purchase_at') }}, 0) as recency_days,
        coalesce(recent.purchases_365d, 0) as purchases_365d,
        coalesce(recent.revenue_365d_kopecks, 0) as revenue_365d_kopecks
    from {{ ref('int_customers__value') }} as facts
    cross join today
    left join recent on facts.customer_uuid = recent.customer_uuid
),

-- Of all gaps of all customers, the share that were no longer than so many days.
every_gap as (
    select
        days,
        sum(gaps) over (order by days) / nullif(sum(gaps) over (), 0) as share_as_short
    from (
        select
            days,
            sum(gaps) as gaps
        from (
            select
                unnest(gaps_days) as days,
                1 as gaps
            from dated
            union all
            select distinct
                recency_days as days,
                0 as gaps
            from dated
        ) as both_kinds
        group by days
    ) as counted
),

scored as (
    select
        dated.*,
        {%- for name, place in scores.items() %}
        1
        + least(4, floor(5 * percent_rank() over (partition by dated.brand order by dated.{{ place }}))::int)
            as {{ name }},
        {%- endfor %}
        -- Of their own gaps where there are two or more, else of everybody's.
        case
            when cardinality(dated.gaps_days) >= 2
                then (
                    select count(*) filter (where own.days <= dated.recency_days) / count(*)::numeric
                    from unnest(dated.gaps_days) as own (days)
                )
            else every_gap.share_as_short
        end as churn_risk,
        case when cardinality(dated.gaps_days) >= 2 then 'own gaps' else 'gaps of all customers' end
            as churn_basis
    from dated
    left join every_gap on dated.recency_days = every_gap.days
)

select
    {{ shown | join(',\n    ') }},
    {{ scores | join(',\n    ') }},
    case
        {%- for name, condition in segments %}
        when {{ condition }} then '{{ name }}'
        {%- endfor %}
        else 'regular'
    end as segment,
    round(churn_risk, 4) as churn_risk,
    case
        when churn_risk >= 0.9 then 'high' when churn_risk >= 0.75 then 'medium' when
            churn_risk >= 0
            then 'low'
    end
        as churn_level,
    churn_basis
from scored
