-- One row per month (local), brand and first source: orders that were not cancelled.
-- The first source is that of the customer's earliest contact, whether or not the order followed soon.
{{ config(materialized='view') }}

{{ orders_by_first_source(ref('int_journey__order_months')) }}
