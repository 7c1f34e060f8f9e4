-- One row per local day from the first to the last of the hourly statistics, also where nothing happened.
{{ config(materialized='view') }}

select days.at::date as local_date
from (
    select
        {{ local_date('min(hour_utc)') }} as first_date,
        {{ local_date('max(hour_utc)') }} as last_date
    from {{ ref('bl_omni_stats') }}
) as ends
cross join
    generate_series(ends.first_date::timestamp, ends.last_date::timestamp, interval '1 day') as days (at)
