-- A campaign with paid clicks in the last 30 days has visits under its source and campaign, else its cost and
-- its revenue stand in different rows. A warning that says which line of campaign_names brings them together.
{{ config(severity='warn', meta={'audit': 'statistics'}) }}

{% set query %}
with newest as (
    select max(local_date) - 30 as after_date
    from {{ ref('int_ads__spend') }}
),

paid as (
    select
        spend.provider,
        spend.account,
        spend.campaign_id,
        spend.source,
        spend.campaign,
        lower(trim(max(spend.campaign_name))) as campaign_name,
        sum(spend.clicks) as clicks
    from {{ ref('int_ads__spend') }} as spend
    inner join newest on spend.local_date > newest.after_date
    group by spend.provider, spend.account, spend.campaign_id, spend.source, spend.campaign
    having sum(spend.clicks) >= 20
),

visited as (
    select
        stats.source,
        stats.campaign,
        sum(stats.sessions) as sessions
    from {{ ref('bl_omni_stats') }} as stats
    inner join newest on {{ local_date('stats.hour_utc') }} > newest.after_date
    where stats.sessions > 0
    group by stats.source, stats.campaign
),

unmet as (
    select
        paid.*,
        otherwise.campaign as carried
    from paid
    left join visited on paid.source = visited.source and paid.campaign = visited.campaign
    left join visited as otherwise
        on
            paid.source = otherwise.source
            and otherwise.campaign in (lower(paid.campaign_id), paid.campaign_name)
    where visited.source is null
)

select
    format(
        '%s clicks of %s campaign %s (account %s) and no visit of %s with campaign "%s"; %s',
        clicks, provider, campaign_id, account, source, campaign,
        coalesce(
            format(
                'visits carry "%s": add the line %s,%s,%s,,,%s,, to campaign_names',
                carried, provider, account, campaign_id, carried
            ),
            'none carries its id or its name either: look at the marks of its links'
        )
    ) as problem
from unmet
{% endset %}
{{ problems(query) }}
