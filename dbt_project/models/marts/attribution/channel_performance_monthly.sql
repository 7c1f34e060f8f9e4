-- One row per local month, brand, region, channel, source, campaign, attribution model and basis: what
-- advertising cost, what it brought, and what the customers it won have been worth since.
{{ config(materialized='view') }}

{{ performance_by_month() }}
