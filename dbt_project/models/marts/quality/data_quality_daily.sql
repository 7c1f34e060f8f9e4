-- One row per local day, check and source with something to look at: how much of it is as it should be, and
-- the share that is wanted. What no single source answers for has the source (all).
{{ config(materialized='view') }}

with channels as (
    select
        channel,
        bool_or(is_direct) as is_direct,
        bool_or(is_paid) as is_paid,
        bool_or(rule_id = 'call_outgoing') as is_outgoing
    from {{ ref('channel_rules') }}
    group by channel
),

statistics as (
    select
        stats.local_date,
        stats.leads,
        stats.sessions,
        case when channels.is_outgoing then 0 else stats.calls end as calls,
        stats.calls_other,
        stats.source <> '(none)'
        and stats.channel not in ('(unattributed)', 'Unassigned')
        and channels.is_direct is not true as has_source,
        channels.is_paid is true as is_paid,
        stats.campaign <> '(none)' as has_campaign
    from {{ ref('bl_omni_stats_local') }} as stats
    left join channels on stats.channel = channels.channel
    where stats.leads > 0 or stats.sessions > 0 or stats.calls > 0
),

counted as (
    select
        statistics.local_date,
        checks.check_id,
        '(all)' as source,
        sum(checks.good) as value,
        sum(checks.looked_at) as total,
        checks.target
    from statistics
    cross join
        lateral (
            values
            (
                'leads_with_source', case when statistics.has_source then statistics.leads else 0 end,
                statistics.leads,
                {{ var('leads_with_source_target') }}
            ),
            (
                'paid_visits_with_campaign',
                case when statistics.is_paid and statistics.has_campaign then statistics.sessions else 0 end,
                case when statistics.is_paid then statistics.sessions else 0 end, 0.95
            ),
            ('calls_of_known_numbers', statistics.calls - statistics.calls_other, statistics.calls, 0.95)
        ) as checks (check_id, good, looked_at, target)
    group by statistics.local_date, checks.check_id, checks.target
    union all
    -- Whatever has no time stands on no day.
    select
        {{ local_date('conversions.at') }} as local_date,
        checks.check_id,
        '(all)' as source,
        count(*) filter (where checks.is_good) as value,
        count(*) as total,
        checks.target
    from {{ ref('int_journey__conversions') }} as conversions
    cross join
        lateral (
            values
            ('conversions_published', conversions.quarantine_reason is null, true, 1.0),
            ('orders_with_customer', conversions.first_id_type is not null, conversions.kind = 'order', 0.98)
        ) as checks (check_id, is_good, is_asked, target)
    where conversions.at is not null and checks.is_asked
    group by 1, 2, 6
    union all
    select
        local_date,
        'costs_published' as check_id,
        '(all)' as source,
        sum((quarantine_reason is null)::int) as value,
        count(*) as total,
        1.0 as target
    from {{ ref('int_ads__costs') }}
    where local_date is not null
    group by 1
    union all
    -- Versions of rows by the day they arrived; what is read once more and is as it was is none.
    select
        {{ local_date('finished_at') }} as local_date,
        'rows_landed' as check_id,
        source,
        sum(rows_new + rows_changed) as value,
        sum(rows_new + rows_changed + rows_quarantined) as total,
        1.0 as target
    from {{ source('ops', 'batch') }}
    group by 1, 3
    union all
    select
        arrived_on as local_date,
        case id_type when 'PHONE' then 'phones_read' else 'emails_read' end as check_id,
        source,
        sum(written - unread) as value,
        sum(written) as total,
        0.98 as target
    from {{ ref('int_quality__written') }}
    group by 1, 2, 3
    union all
    select
        local_date,
        'feeds_in_time' as check_id,
        source,
        sum(hours - hours_late) as value,
        sum(hours) as total,
        1.0 as target
    from {{ ref('int_quality__feed_days') }}
    group by 1, 3
)

select
    local_date,
    check_id,
    source,
    value::bigint as value,
    total::bigint as total,
    round(value::numeric / total, 6) as share,
    target::numeric as target,
    value >= target * total as is_met
from counted
where total > 0
