-- Cost rows that an arrival since the marts were last complete may have changed, made or ended, with the key
-- by which staging finds them. All of them when everything is made anew.
{{ config(
    news=true,
    distributed_by='cost_id',
    indexes=[{'columns': ['cost_id'], 'unique': true}],
) }}

select distinct
    cost_id,
    provider,
    account,
    campaign_id,
    network,
    day
from {{ ref('stg_ads__campaign_cost_versions') }}
where _seq > {{ since('marts') }}
