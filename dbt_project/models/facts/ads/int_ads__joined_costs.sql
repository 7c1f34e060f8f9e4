-- One row per cost row with the source, medium and campaign under which visits of the same advertisement
-- stand. That follows from the row, its versions and seeds, not from the visits that happen to be known: a
-- visit that comes or goes moves no cost. A renamed campaign is read again with its new name for days on
-- which visits carried the old one: a day keeps the name it was first told with.
{{ config(materialized='ephemeral') }}
{%- set columns = [
    'cost_id', 'provider', 'account', 'campaign_id', 'campaign_name', 'network', 'day', 'impressions', 'clicks',
    'cost_given', 'currency', 'net_kopecks', 'vat_kopecks', '_seq',
] %}
{%- set told = columns + ['utm_source', 'utm_medium', 'utm_campaign'] %}

with first_names as (
    select distinct on (versions.provider, versions.account, versions.campaign_id, versions.day)
        versions.provider,
        versions.account,
        versions.campaign_id,
        versions.day,
        versions.campaign_name
    from {{ ref('stg_ads__campaign_cost_versions') }} as versions
    where trim(versions.campaign_name) <> ''
    order by
        versions.provider asc,
        versions.account asc,
        versions.campaign_id asc,
        versions.day asc,
        versions._seq asc
),

named as (
    select
        costs.{{ told | join(',\n        costs.') }},
        coalesce(first_names.campaign_name, costs.campaign_id) as name_of_day
    from {{ ref('stg_ads__campaign_costs') }} as costs
    left join first_names
        on
            costs.provider = first_names.provider
            and costs.account = first_names.account
            and costs.campaign_id = first_names.campaign_id
            and costs.day = first_names.day
),

tagged as (
    select
        costs.{{ columns | join(',\n        costs.') }},
        {{ clean_utm(
            "coalesce(nullif(line.source, ''), costs.utm_source, nullif(seller.source, ''), costs.provider)"
        ) }} as source,
        {{ clean_utm(
            "coalesce(nullif(line.medium, ''), costs.utm_medium, nullif(seller.medium, ''))"
        ) }} as medium,
        {{ clean_utm("nullif(line.campaign, '')") }} as line_campaign,
        {{ clean_utm('costs.utm_campaign') }} as told_campaign,
        {{ clean_utm(
            "case when seller.utm_campaign_holds = 'id' then costs.campaign_id end"
        ) }} as id_campaign,
        {{ clean_utm(
            "case when seller.utm_campaign_holds like '%{campaign_id}%' then replace(replace("
            ~ "seller.utm_campaign_holds, '{campaign_name}', costs.name_of_day), "
            ~ "'{campaign_id}', costs.campaign_id) end"
        ) }} as template_campaign,
        {{ clean_utm('costs.name_of_day') }} as named_campaign,
        coalesce(nullif(line.brand, ''), '{{ var("default_brand") }}') as brand,
        coalesce(nullif(line.region, ''), '{{ var("default_region") }}') as region
    from named as costs
    -- A line that names the account comes before one for every account.
    left join lateral (
        select
            known.source,
            known.medium,
            known.campaign,
            known.brand,
            known.region
        from {{ ref('campaign_names') }} as known
        where
            costs.provider = known.provider
            and costs.campaign_id = known.campaign_id
            and coalesce(known.account, '') in ('', costs.account)
        order by coalesce(known.account, '') desc
        limit 1
    ) as line on true
    left join lateral (
        select
            known.source,
            known.medium,
            known.utm_campaign_holds
        from {{ ref('ad_networks') }} as known
        where
            costs.provider = known.provider
            and coalesce(known.account, '') in ('', costs.account)
        order by coalesce(known.account, '') desc
        limit 1
    ) as seller on true
)

select
    {{ columns | join(',\n    ') }},
    brand,
    region,
    source,
    medium,
    coalesce(line_campaign, told_campaign, id_campaign, template_campaign, named_campaign) as campaign,
    case
        when line_campaign is not null then 'campaign_names'
        when told_campaign is not null then 'utm_campaign'
        when id_campaign is not null then 'id'
        when template_campaign is not null then 'template'
        else 'name'
    end as joined_by,
    -- Everything the channel depends on.
    md5(concat_ws(
        e'\x1f', coalesce(source, ''), coalesce(medium, ''),
        coalesce(line_campaign, told_campaign, id_campaign, template_campaign, named_campaign, '')
    )) as signature
from tagged
