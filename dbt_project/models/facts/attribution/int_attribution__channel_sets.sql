-- One row per local month, brand, bucket of customers and set of distinct channels: journeys with exactly
-- this set, how many of them converted, and their revenue.
{{ config(
    materialized='sums',
    follows='int_attribution__journeys',
    unique_key=['local_month', 'brand', 'bucket', 'channels'],
    distributed_by='bucket',
    indexes=[{'columns': ['local_month', 'brand', 'bucket', 'channels'], 'unique': true}],
) }}

with sets as (
    select
        journeys.local_month,
        journeys.brand,
        journeys.bucket,
        journeys.is_converted,
        journeys.revenue_kopecks,
        -- In the order of bytes: the same set is the same row under any locale.
        array(
            select distinct channel collate "C"
            from unnest(journeys.channels) as channel
            order by 1
        ) as channels
    from {{ ref('int_attribution__journeys') }} as journeys
)

select
    local_month,
    brand,
    bucket,
    channels,
    count(*) as paths,
    count(*) filter (where is_converted) as conversions,
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    count(*) as entries
from sets
group by local_month, brand, bucket, channels
