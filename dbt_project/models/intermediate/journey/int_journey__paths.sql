-- One row per affected conversion and touch of its customer within the longest lookback of the models.
-- A touch may serve several conversions: which of them, each model decides (int_journey__path_steps).
{{ config(
    news=true,
    distributed_by='conversion_id',
    indexes=[{'columns': ['conversion_id', 'position'], 'unique': true}],
) }}

{{ paths_of(
    ref('int_journey__affected_conversions'), ref('fct_conversion'), ref('fct_touch'),
    ref('attribution_models'), ref('channel_rules')
) }}
