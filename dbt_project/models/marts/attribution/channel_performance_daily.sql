-- One row per local day, brand, channel, source, campaign, attribution model and basis: what
-- advertising cost and what it brought.
{{ config(materialized='view') }}

{{ performance_by('local_date', 'local_date') }}
