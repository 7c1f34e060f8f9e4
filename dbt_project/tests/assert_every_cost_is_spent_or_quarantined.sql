-- A cost row is either published or quarantined, each staged one is in exactly one of the two, and what is
-- published of it costs what it costs.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'spend_quarantine'}}}) }}

with places as (
    select
        coalesce(spend.cost_id, quarantined.cost_id) as cost_id,
        count(*) as rows_found,
        bool_or(spend.cost_id is not null) as is_published,
        bool_or(quarantined.cost_id is not null) as is_quarantined,
        max(spend.impressions) as impressions,
        max(spend.clicks) as clicks
    from {{ ref('int_ads__spend') }} as spend
    full outer join {{ ref('spend_quarantine') }} as quarantined on spend.cost_id = quarantined.cost_id
    group by coalesce(spend.cost_id, quarantined.cost_id)
)

select
    coalesce(costs.cost_id, places.cost_id) as cost_id,
    places.is_published,
    places.is_quarantined
from {{ ref('stg_ads__campaign_costs') }} as costs
full outer join places on costs.cost_id = places.cost_id
where
    costs.cost_id is null
    or places.cost_id is null
    or places.rows_found <> 1
    or places.is_published = places.is_quarantined
    or (
        places.is_published
        and (costs.impressions, costs.clicks) is distinct from (places.impressions, places.clicks)
    )
