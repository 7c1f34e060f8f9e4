-- One row per UTC hour, brand, region, channel, source and campaign, with the shop's local hour and day.
-- When clocks go back two UTC hours share one local hour: group by local_date, or keep hour_utc.
{{ config(materialized='view') }}

{{ local_hours(ref('bl_omni_stats')) }}
