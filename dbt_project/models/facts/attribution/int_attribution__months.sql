-- One row per local month and brand: its journeys, and a digest by which a reader sees that they changed.
-- A sum of hashes does not depend on the order of rows, and follows changes by addition like any sum.
{{ config(
    materialized='sums',
    follows='int_attribution__journeys',
    unique_key=['local_month', 'brand'],
    indexes=[{'columns': ['local_month', 'brand'], 'unique': true}],
) }}

with journeys as (
    select
        *,
        -- Of all that the aggregates are made of.
        md5(row(bucket, channels, is_converted, revenue_kopecks)::text) as hash
    from {{ ref('int_attribution__journeys') }}
)

select
    local_month,
    brand,
    sum(cardinality(channels))::bigint as touches,
    count(*) filter (where is_converted) as conversions,
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    sum(('x' || left(hash, 15))::bit(60)::bigint)::numeric(38, 0) as digest,
    count(*) as entries
from journeys
group by local_month, brand
