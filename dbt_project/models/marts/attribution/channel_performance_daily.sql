-- One row per local day, brand, region, channel, source, campaign, attribution model and basis: what
-- advertising cost and what it brought.
{{ config(materialized='view') }}

with {{ performance_of('local_date', 'local_date') }},

measured as (
    select
        sums.local_date,
        sums.brand,
        sums.region,
        sums.channel,
        sums.source,
        sums.campaign,
        sums.model_id,
        sums.basis,
        {{ performance_columns() }}
    from sums
)

select
    local_date,
    brand,
    region,
    channel,
    source,
    campaign,
    model_id,
    basis,
    {{ performance_measures() | join(',\n    ') }},
    {{ performance_ratios() }}
from measured
