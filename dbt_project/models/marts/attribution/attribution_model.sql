-- One row per attribution model: the seed attribution_models, for readers of marts alone.
{{ config(materialized='view') }}

select
    model_id,
    kind,
    lookback_days,
    half_life_days,
    first_share,
    last_share,
    excluded_channels,
    keeps_excluded_alone,
    resets,
    collapses,
    collapse_by,
    merges_calls
from {{ ref('attribution_models') }}
