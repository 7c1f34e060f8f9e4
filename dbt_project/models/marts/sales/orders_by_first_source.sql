-- One row per month (local), brand and first source: orders that were not cancelled.
-- The first source is that of the customer's earliest contact, whether or not the order followed soon.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['local_month', 'brand', 'first_source'],
    affected='int_journey__affected_months',
    affected_by=['local_month'],
    distributed_by='local_month',
    indexes=[{'columns': ['local_month', 'brand', 'first_source'], 'unique': true}],
) }}
-- depends_on: {{ ref('int_journey__affected_months') }}, {{ ref('fct_conversion') }}
-- depends_on: {{ ref('int_journey__firsts') }}

{{ orders_by_first(
    'first_source',
    "case when firsts.touch_id is null then '(unattributed)' else coalesce(firsts.source, '(none)') end"
) }}
