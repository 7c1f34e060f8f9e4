-- One row per month (local), brand and first channel: orders that were not cancelled.
-- The first channel is that of the customer's earliest contact, whether or not the order followed soon.
{{ config(materialized='view') }}

{{ orders_by_first_channel(ref('int_journey__order_months')) }}
