-- One row per campaign of each provider: how many letters went out, what became of them, and what the
-- purchases brought whose last touch that was not direct is one of them. Null where a provider does not tell.
{{ config(materialized='view') }}
{%- set counts = [
    'sent', 'delivered', 'opened', 'opens', 'opened_by_machine', 'clicked', 'clicks', 'unsubscribed', 'spam', 'bounced',
] %}
{#- The origins of letters that cannot tell it. #}
{%- set silent = {
    'delivered': "'recipient', 'copy', 'message'",
    'opened': "'copy', 'text'",
    'opens': "'copy', 'delivery', 'text'",
    'opened_by_machine': "'recipient', 'copy', 'delivery', 'message', 'text'",
    'clicked': "'copy', 'text'",
    'clicks': "'copy', 'delivery', 'text'",
    'unsubscribed': "'copy', 'message', 'text'",
    'spam': "'recipient', 'copy', 'message', 'text'",
} %}
{#- SendPulse tells totals of a campaign by code. #}
{%- set codes = {
    'sent': '1', 'delivered': '2', 'opened': '3', 'clicked': '4', 'unsubscribed': '5', 'spam': '9, 11', 'bounced': '10',
} %}

with told as (
    select
        provider,
        {%- for name in counts %}
        case
            when origin in ({{ silent.get(name, 'null') }}) then null
            -- A hook that is not set tells nothing, not that nothing was sent.
            when origin = 'hook' and {{ name in ['sent', 'delivered'] }} then nullif({{ name }}, 0)
            else {{ name }}
        end as {{ name }},
        {%- endfor %}
        campaign_id
    from {{ ref('int_customers__campaign_sums') }}
    union all
    select
        'sendpulse' as provider,
        {%- for name in counts %}
        sum(totals.count) filter (where totals.code in ({{ codes.get(name, 'null') }}))::bigint as {{ name }},
        {%- endfor %}
        campaigns.campaign_id::text as campaign_id
    from {{ ref('stg_esp__sendpulse_campaigns') }} as campaigns
    cross join lateral jsonb_to_recordset(campaigns.totals) as totals (code numeric, count numeric)
    group by campaigns.campaign_id
),

-- The same letters may be told by states, by totals and by hooks: the fullest counts.
counted as (
    select
        provider,
        {%- for name in counts %}
        max({{ name }})::bigint as {{ name }},
        {%- endfor %}
        campaign_id
    from told
    group by provider, campaign_id
),

named as (
    {{ named_campaigns() }}
),

letters as (
    {{ letters_credited() }}
),

earned as (
    select
        provider,
        campaign_id,
        sum(orders_paid)::bigint as orders_paid,
        sum(purchases)::bigint as purchases,
        sum(revenue_kopecks)::bigint as revenue_kopecks
    from letters
    group by provider, campaign_id
),

campaigns as (
    select
        counted.*,
        named.name,
        named.sent_at,
        coalesce(counted.delivered, counted.sent) as arrived,
        -- Where nobody tells of clicks, such as of SMS, what they led to is unknown.
        coalesce(earned.orders_paid, case when counted.clicked is not null then 0 end) as orders_paid,
        coalesce(earned.purchases, case when counted.clicked is not null then 0 end) as purchases,
        coalesce(earned.revenue_kopecks, case when counted.clicked is not null then 0 end) as revenue_kopecks
    from counted
    left join named on counted.provider = named.provider and counted.campaign_id = named.campaign_id
    left join earned on counted.provider = earned.provider and counted.campaign_id = earned.campaign_id
)

select
    provider,
    campaign_id,
    name,
    sent_at,
    {%- for name in counts %}
    {{ name }}{{ {'opens': ' as open_events', 'clicks': ' as click_events'}.get(name, '') }},
    {%- endfor %}
    orders_paid,
    purchases,
    revenue_kopecks,
    round(opened / nullif(arrived, 0)::numeric, 6) as open_rate,
    round(clicked / nullif(arrived, 0)::numeric, 6) as click_rate,
    round(clicked / nullif(opened, 0)::numeric, 6) as click_to_open,
    round(unsubscribed / nullif(arrived, 0)::numeric, 6) as unsubscribe_rate,
    round(spam / nullif(arrived, 0)::numeric, 6) as spam_rate,
    round(bounced / nullif(sent, 0)::numeric, 6) as bounce_rate,
    round(revenue_kopecks / nullif(sent, 0)::numeric, 6) as revenue_per_letter_kopecks
from campaigns
