-- One row per local month, brand, bucket of customers and set of distinct channels: journeys with exactly
-- this set, how many of them converted, and their revenue.
{{ config(
    materialized='incremental',
    incremental_strategy='tally',
    unique_key=['local_month', 'brand', 'bucket', 'channels'],
    distributed_by='bucket',
    post_hook="{{ mark_applied('int_attribution__journeys') }}",
    indexes=[{'columns': ['local_month', 'brand', 'bucket', 'channels'], 'unique': true}],
) }}

with sets as (
    select
        changes.local_month,
        changes.brand,
        changes.bucket,
        changes.sign,
        changes.is_converted,
        changes.revenue_kopecks,
        -- In the order of bytes: the same set is the same row under any locale.
        array(
            select distinct channel collate "C"
            from unnest(changes.channels) as channel
            order by 1
        ) as channels
    from {{ changes_of('int_attribution__journeys') }} as changes
)

select
    local_month,
    brand,
    bucket,
    channels,
    sum(sign)::bigint as paths,
    sum(case when is_converted then sign else 0 end)::bigint as conversions,
    sum(sign * revenue_kopecks)::bigint as revenue_kopecks,
    sum(sign)::bigint as entries
from sets
group by local_month, brand, bucket, channels
