with costs as (
    select
        c.provider,
        c.account,
        c.campaign_id,
        c.campaign_name,
        c.campaign_type,
        c.network,
        c.day,
        lower(nullif(trim(c.utm_source), '')) as utm_source,
        lower(nullif(trim(c.utm_medium), '')) as utm_medium,
        nullif(trim(c.utm_campaign), '') as utm_campaign,
        {{ summable('c.impressions') }} as impressions,
        {{ summable('c.clicks') }} as clicks,
        c.conversions,
        coalesce(c.cost, 0) as cost_given,
        case upper(c.currency) when 'RUR' then 'RUB' else upper(c.currency) end as currency,
        coalesce(c.vat_included, false) as vat_included,
        coalesce(c.vat_rate, 0) as vat_rate,
        -- A rate that is none leaves a cost that nobody can read.
        case
            when coalesce(c.vat_rate, 0) between 0 and 100 then 1 + coalesce(c.vat_rate, 0) / 100
        end as vat_factor,
        c._seq,
        c._next_seq
    from {{ source('raw_ads', 'campaign_cost') }} as c
    where {{ standing('c') }}
)

select
    s.provider || ':' || s.account || ':' || s.campaign_id || ':' || s.network || ':' || s.day::text
        as cost_id,
    s.provider,
    s.account,
    s.campaign_id,
    s.campaign_name,
    s.campaign_type,
    s.network,
    s.day,
    s.utm_source,
    s.utm_medium,
    s.utm_campaign,
    s.impressions,
    s.clicks,
    s.conversions,
    s.cost_given,
    s.currency,
    s.vat_included,
    s.vat_rate,
    case
        when s.vat_included then {{ kopecks('s.cost_given / s.vat_factor') }}
        when s.vat_factor is not null then {{ kopecks('s.cost_given') }}
    end as net_kopecks,
    -- What is paid less the net part, so that both add up.
    case
        when s.vat_included
            then {{ kopecks('s.cost_given') }} - {{ kopecks('s.cost_given / s.vat_factor') }}
        else {{ kopecks('s.cost_given * s.vat_factor') }} - {{ kopecks('s.cost_given') }}
    end as vat_kopecks,
    s._seq,
    s._next_seq
from costs as s
