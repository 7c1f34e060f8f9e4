-- One row per cohort (month of the first purchase, first channel, brand) and age in months with anything
-- bought.
{{ config(
    materialized='sums',
    follows='int_customers__purchase_months',
    unique_key=['cohort_month', 'first_channel', 'brand', 'months_since'],
    indexes=[{'columns': ['cohort_month', 'first_channel', 'brand', 'months_since'], 'unique': true}],
) }}

select
    months.cohort_month,
    months.first_channel,
    months.brand,
    months.months_since,
    sum((months.months_since = 0)::int)::bigint as buyers,
    sum((months.purchases > 0)::int)::bigint as retained,
    sum(months.second_purchases)::bigint as second_purchases,
    sum(months.purchases)::bigint as purchases,
    sum(months.orders_paid)::bigint as orders_paid,
    sum(months.revenue_kopecks)::bigint as revenue_kopecks,
    sum(months.known_margin_kopecks)::bigint as known_margin_kopecks,
    sum(months.revenue_with_margin_kopecks)::bigint as revenue_with_margin_kopecks,
    count(*) as entries
from {{ ref('int_customers__purchase_months') }} as months
group by months.cohort_month, months.first_channel, months.brand, months.months_since
