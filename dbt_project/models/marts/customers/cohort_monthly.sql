-- One row per cohort (local month of the first purchase, first channel, brand) and age in months up to the
-- present month: who bought again, and what the cohort has been worth by then. Months in which nobody
-- bought are rows too.
{{ config(materialized='view') }}
{%- set cohort = ['cohort_month', 'first_channel', 'brand'] %}
{%- set sums = ['retained', 'second_purchases', 'purchases', 'orders_paid', 'revenue_kopecks',
                'known_margin_kopecks', 'revenue_with_margin_kopecks'] %}

with present as (
    select {{ local_date('set_at', 'month') }} as month from {{ source('ops', 'bound') }}
),

cohorts as (
    select
        {{ cohort | join(',\n        ') }},
        sum(buyers)::bigint as buyers,
        max(months_since) as oldest
    from {{ ref('int_customers__cohort_sums') }}
    group by {{ cohort | join(', ') }}
),

ages as (
    select
        cohorts.*,
        age.months_since,
        (cohorts.cohort_month + age.months_since * interval '1 month')::date as local_month,
        present.month as present_month
    from cohorts
    cross join present
    cross join
        lateral generate_series(
            0,
            greatest(
                cohorts.oldest,
                (
                    12 * (extract(year from present.month) - extract(year from cohorts.cohort_month))
                    + extract(month from present.month) - extract(month from cohorts.cohort_month)
                )::int
            )
        ) as age (months_since)
),

filled as (
    select
        ages.*,
    {%- for name in sums %}
    coalesce(sums.{{ name }}, 0) as {{ name }},
    sum(coalesce(sums.{{ name }}, 0)) over cohort_to_date as {{ name }}_to_date{{ ',' if not loop.last }}
    {%- endfor %}
    from ages
    left join {{ ref('int_customers__cohort_sums') }} as sums
        on
            ages.months_since = sums.months_since
            {%- for name in cohort %}
            and ages.{{ name }} = sums.{{ name }}
            {%- endfor %}
    window cohort_to_date as (
        partition by {{ 'ages.' ~ cohort | join(', ages.') }}
        order by ages.months_since
    )
)

select
    {{ cohort | join(',\n    ') }},
    months_since,
    local_month,
    buyers,
    retained,
    second_purchases_to_date::bigint as repeat_buyers,
    purchases,
    orders_paid,
    revenue_kopecks,
    {%- for suffix in ['', '_to_date'] %}
    case
        when
            revenue_with_margin_kopecks{{ suffix }} = revenue_kopecks{{ suffix }}
            and revenue_kopecks{{ suffix }} <> 0
            then known_margin_kopecks{{ suffix }}::bigint
    end as margin{{ suffix }}_kopecks,
    {%- endfor %}
    round(revenue_with_margin_kopecks_to_date / nullif(revenue_kopecks_to_date, 0), 4) as margin_known_share,
    revenue_kopecks_to_date::bigint as revenue_to_date_kopecks,
    round(retained / nullif(buyers, 0)::numeric, 6) as retention,
    round(second_purchases_to_date / nullif(buyers, 0), 6) as repeat_rate,
    round(revenue_kopecks_to_date / nullif(buyers, 0), 2) as revenue_per_buyer_kopecks,
    round(
        case
            when
                revenue_with_margin_kopecks_to_date = revenue_kopecks_to_date and revenue_kopecks_to_date <> 0
                then known_margin_kopecks_to_date
        end / nullif(buyers, 0), 2
    ) as margin_per_buyer_kopecks,
    -- The month is over: what it says will change by late rows alone.
    local_month < present_month as is_complete
from filled
