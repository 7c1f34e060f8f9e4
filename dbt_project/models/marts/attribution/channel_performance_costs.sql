-- One row per cost row, and per part of one that moves from a campaign to the calls it paid for: the
-- advertising cost that channel_performance_daily sums up. Filter by local_date.
--
-- A call costs as much as a visit: of the day's cost of each of the campaigns that carry a number together
-- goes the share that the number's calls have in the calls and the visits of all of them. Parts are
-- differences of rounded running sums, so what leaves a campaign arrives to the kopeck. Statistics are looked
-- up by day, so that a filter on days reaches them by their index.
{{ config(materialized='view', post_hook="{{ create_explain_day() }}") }}
{%- set dimensions = ['brand', 'region', 'channel', 'source', 'campaign'] %}
{%- set is_carried = "label.source = spend.source and label.cost_campaign = spend.campaign
                and spend.local_date between label.valid_from and label.valid_to" %}

-- The calls of a number that several paid campaigns carry stand under its own campaign.
with carried as (
    select distinct
        number.channel,
        {{ clean_utm('number.utm_source') }} as source,
        {{ clean_utm('number.utm_campaign') }} as campaign,
        {{ clean_utm('carrier.campaign') }} as cost_campaign,
        coalesce(number.valid_from, '-infinity'::date) as valid_from,
        coalesce(number.valid_to, 'infinity'::date) as valid_to
    from {{ ref('call_tracking_numbers') }} as number
    cross join lateral unnest(string_to_array(number.cost_campaigns, ';')) as carrier (campaign)
    where strpos(number.cost_campaigns, ';') > 0
)

select
    cost_id,
    false as is_moved,
    local_date,
    {{ dimensions | join(',\n    ') }},
    impressions,
    clicks,
    net_kopecks,
    vat_kopecks
from {{ ref('int_ads__spend') }}
union all
select
    spend.cost_id,
    true as is_moved,
    spend.local_date,
    placed.{{ dimensions | join(',\n    placed.') }},
    0 as impressions,
    0 as clicks,
    (placed.sign * (
        round(spend.net_kopecks * cell.calls_so_far / cell.contacts)
        - round(spend.net_kopecks * (cell.calls_so_far - cell.calls) / cell.contacts)
    ))::bigint as net_kopecks,
    (placed.sign * (
        round(spend.vat_kopecks * cell.calls_so_far / cell.contacts)
        - round(spend.vat_kopecks * (cell.calls_so_far - cell.calls) / cell.contacts)
    ))::bigint as vat_kopecks
from {{ ref('int_ads__spend') }} as spend
cross join
    lateral ( -- noqa: ST05
        select
            counted.*,
            sum(counted.calls) over (order by {{ dimensions | join(', ') }}) as calls_so_far,
            sum(counted.calls + counted.sessions) over () as contacts
        from (
            select
                stats.{{ dimensions | join(', stats.') }},
                sum(case when own.campaign is not null then stats.calls else 0 end) as calls,
                sum(case when carrier.cost_campaign is not null then stats.sessions else 0 end) as sessions
            from {{ ref('bl_omni_stats') }} as stats
            left join (
                select distinct
                    label.channel,
                    label.campaign
                from carried as label
                where {{ is_carried }}
            ) as own on stats.channel = own.channel and stats.campaign = own.campaign
            left join (
                select distinct other.cost_campaign
                from carried as label
                inner join carried as other
                    on
                        label.channel = other.channel
                        and label.source = other.source
                        and label.campaign = other.campaign
                where {{ is_carried }} and spend.local_date between other.valid_from and other.valid_to
            ) as carrier on stats.campaign = carrier.cost_campaign
            where {{ local_date('stats.hour_utc') }} = spend.local_date and stats.source = spend.source
            group by stats.{{ dimensions | join(', stats.') }}
        ) as counted
    ) as cell
cross join
    lateral (
        values
        (1, cell.{{ dimensions | join(', cell.') }}),
        (-1, spend.{{ dimensions | join(', spend.') }})
    ) as placed (sign, {{ dimensions | join(', ') }})
where
    exists (
        select 1 from carried
        where carried.source = spend.source and carried.cost_campaign = spend.campaign
    )
    and cell.calls > 0
