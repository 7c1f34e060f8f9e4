-- One row per cost row and UTC hour of its local day with the hour's share of the net cost: an even spread,
-- because networks tell days only. Days have 23 to 25 hours; shares add up to the day to the kopeck.
{{ config(
    materialized='keyed',
    key='cost_id',
    unique_key=['cost_id', 'hour_utc'],
    follows={'int_ads__costs': 'cost_id'},
    reads={'int_ads__costs': [
        'cost_id', 'local_date', 'brand', 'region', 'channel', 'source', 'campaign', 'net_kopecks',
        'quarantine_reason',
    ]},
    distributed_by='cost_id',
    indexes=[
        {'columns': ['cost_id', 'hour_utc'], 'unique': true},
        {'columns': ['cell_id']},
        {'columns': ['hour_utc']},
    ],
) }}

with spend as (
    select costs.*
    from {{ ref('int_ads__costs') }} as costs
    where costs.quarantine_reason is null and costs.net_kopecks <> 0
),

days as (
    select distinct local_date
    from spend
),

hours as (
    -- A local day of any zone is inside these three days of UTC.
    select
        days.local_date,
        ticks.hour_utc,
        row_number() over (partition by days.local_date order by ticks.hour_utc) as place,
        count(*) over (partition by days.local_date) as places
    from days
    cross join
        lateral generate_series(
            (days.local_date - 1)::timestamp at time zone 'UTC',
            (days.local_date + 2)::timestamp at time zone 'UTC',
            interval '1 hour'
        ) as ticks (hour_utc)
    where {{ local_date('ticks.hour_utc') }} = days.local_date
),

shared as (
    select
        spend.*,
        hours.hour_utc,
        spend.net_kopecks * hours.place / hours.places
        - spend.net_kopecks * (hours.place - 1) / hours.places as spend_kopecks
    from spend
    inner join hours on spend.local_date = hours.local_date
)

select
    cost_id,
    hour_utc,
    {{ cell_id('hour_utc', 'brand', 'region', 'channel', 'source', 'campaign') }} as cell_id,
    brand,
    region,
    channel,
    source,
    campaign,
    spend_kopecks
from shared
where spend_kopecks <> 0
