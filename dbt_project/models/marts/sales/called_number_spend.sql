-- One row per local month and called number that a rule names: what the number cost. A call costs as much
-- as a visit: of the month's cost of the campaign that carries the number goes the share that its calls
-- have in the calls and the visits of the campaign.
{{ config(materialized='ephemeral') }}
{%- set cell = ['local_month', 'channel', 'source', 'campaign'] %}

with rules as (
    select
        {{ trunk_key('number') }} as number,
        coalesce(valid_from, '-infinity'::date) as valid_from,
        coalesce(valid_to, 'infinity'::date) as valid_to
    from {{ ref('call_tracking_numbers') }}
),

calls as (
    select
        {{ local_date('at', 'month') }} as local_month,
        {{ local_date('at') }} as local_day,
        {{ trunk_key('trunk') }} as number,
        channel,
        coalesce(source, '(none)') as source,
        coalesce(campaign, '(none)') as campaign
    from {{ ref('int_sales__calls') }}
    where direction = 'in' and trunk is not null
),

carried as (
    select
        calls.{{ cell | join(',\n        calls.') }},
        calls.number,
        count(*) as calls
    from calls
    inner join rules
        on calls.number = rules.number and calls.local_day between rules.valid_from and rules.valid_to
    group by calls.{{ cell | join(', calls.') }}, calls.number
),

contacts as (
    select
        {{ local_date('hour_utc', 'month') }} as local_month,
        channel,
        source,
        campaign,
        sum(calls + sessions) as contacts
    from {{ ref('bl_omni_stats') }}
    group by 1, 2, 3, 4
),

costs as (
    select
        date_trunc('month', local_date::timestamp)::date as local_month,
        channel,
        source,
        campaign,
        sum(net_kopecks) as net_kopecks
    from {{ ref('channel_performance_costs') }}
    group by 1, 2, 3, 4
)

select
    carried.local_month,
    carried.number,
    sum(round(
        costs.net_kopecks * least(carried.calls, contacts.contacts) / nullif(contacts.contacts, 0)
    ))::bigint as spend_kopecks
from carried
inner join costs
    on
        carried.local_month = costs.local_month
        and carried.channel = costs.channel
        and carried.source = costs.source
        and carried.campaign = costs.campaign
inner join contacts
    on
        carried.local_month = contacts.local_month
        and carried.channel = contacts.channel
        and carried.source = contacts.source
        and carried.campaign = contacts.campaign
group by carried.local_month, carried.number
