-- One row per conversion, touch and attribution model with the touch's share and credit in kopecks.
-- Models are lines of the seed attribution_models; credits of a conversion add up to its revenue.
-- Credit is worked out when it is read: filter by conversion_id or converted_at.
{{ config(materialized='view') }}

{{ credits_of(ref('int_attribution__steps'), ref('int_attribution__models')) }}
