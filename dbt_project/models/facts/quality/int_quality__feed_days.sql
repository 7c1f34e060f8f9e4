-- One row per source, table and local day on which it was known when its rows usually come: hours of that
-- day, and those in which it was late by the rule of the doctor: eight hours that usually bring rows have
-- brought none since its newest. Of a table whose rows have a day and no hour it is three days.
{{ config(materialized='view') }}

with active as (
    select
        source,
        table_name,
        hour,
        lead(hour) over (partition by source, table_name order by hour) as next_hour,
        min(hour) over (partition by source, table_name) as first_hour
    from {{ source('ops', 'active_hour') }}
),

rhythms as (
    select
        source,
        table_name,
        case when count(distinct extract(hour from hour at time zone 'UTC')) = 1 then 3 else 8 end as patience
    from active
    group by source, table_name
),

-- Weeks before the newest row that say what is usual: eight at most, and less than two say nothing.
known as (
    select
        active.*,
        least(8, floor(extract(epoch from active.hour - active.first_hour) / 604800))::int as weeks,
        least(
            coalesce(active.next_hour, bound.set_at), active.hour + interval '8 weeks', bound.set_at
        ) as quiet_until
    from active
    cross join {{ source('ops', 'bound') }} as bound
),

hours as (
    select
        known.source,
        known.table_name,
        known.hour as newest,
        known.weeks,
        at.hour,
        -- The same hour of the week, in weeks before the newest row.
        ceil(extract(epoch from at.hour - known.hour) / 604800)::int as back
    from known
    cross join
        lateral generate_series(
            known.hour, known.quiet_until - interval '1 hour', interval '1 hour'
        ) as at (hour)
    where known.weeks >= 2
),

missed as (
    select
        hours.source,
        hours.table_name,
        hours.newest,
        hours.hour,
        count(usual.hour)::numeric / hours.weeks as missed
    from hours
    left join lateral generate_series(0, hours.weeks - 1) as past (week) on hours.back > 0
    left join active as usual
        on
            hours.source = usual.source
            and hours.table_name = usual.table_name
            and hours.hour - (hours.back + past.week) * interval '168 hours' = usual.hour
    group by hours.source, hours.table_name, hours.newest, hours.hour, hours.weeks
),

silent as (
    select
        missed.*,
        sum(missed.missed) over (
            partition by missed.source, missed.table_name, missed.newest order by missed.hour
        ) as silence
    from missed
)

select
    silent.source,
    silent.table_name,
    {{ local_date('silent.hour') }} as local_date,
    count(*) as hours,
    count(*) filter (where silent.silence >= rhythms.patience) as hours_late
from silent
inner join rhythms on silent.source = rhythms.source and silent.table_name = rhythms.table_name
group by 1, 2, 3
