-- One row per touch, conversion or hour's share of an advertising cost as the hourly statistics count it:
-- where it stands and what it adds.
{{ config(materialized='view') }}

{{ omni_facts() }}
