-- One row per local month and brand: its journeys, and a digest by which a reader sees that they changed.
-- A sum of hashes does not depend on the order of rows, and follows changes by addition like any sum.
{{ config(
    materialized='incremental',
    incremental_strategy='tally',
    unique_key=['local_month', 'brand'],
    distributed_by='reference',
    post_hook="{{ mark_applied('int_attribution__journeys') }}",
    indexes=[{'columns': ['local_month', 'brand'], 'unique': true}],
) }}

with journeys as (
    select
        *,
        -- Of all that the aggregates are made of.
        md5(row(bucket, channels, is_converted, revenue_kopecks)::text) as hash
    from {{ changes_of('int_attribution__journeys') }} as changes
)

select
    local_month,
    brand,
    sum(sign * cardinality(channels))::bigint as touches,
    sum(case when is_converted then sign else 0 end)::bigint as conversions,
    sum(sign * revenue_kopecks)::bigint as revenue_kopecks,
    sum(sign * ('x' || left(hash, 15))::bit(60)::bigint)::numeric(38, 0) as digest,
    sum(sign)::bigint as entries
from journeys
group by local_month, brand
