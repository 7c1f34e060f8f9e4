-- One row per conversion and touch of its customer within the longest lookback of the models.
-- A touch may serve several conversions: which of them, each model decides (int_attribution__steps).
{{ config(materialized='ephemeral') }}

{{ paths_of(ref('fct_conversion'), ref('fct_touch'), ref('attribution_models'), ref('channel_rules')) }}
