-- Cost rows that an arrival since the marts were last complete may have changed, made or ended, with the key
-- by which staging finds them. All of them when everything is made anew. A day's other networks come along:
-- all of them stand under the first name that the campaign was told with for this day.
{{ config(
    news=true,
    distributed_by='cost_id',
    indexes=[{'columns': ['cost_id'], 'unique': true}],
) }}

with arrived as (
    select distinct
        provider,
        account,
        campaign_id,
        day
    from {{ ref('stg_ads__campaign_cost_versions') }}
    where _seq > {{ since('marts') }}
)

select distinct
    version.cost_id,
    arrived.provider,
    arrived.account,
    arrived.campaign_id,
    version.network,
    arrived.day
from arrived
{{ join_by_key(
    ref('stg_ads__campaign_cost_versions'), 'version',
    ['cost_id', 'network'],
    {
        'campaign_id': 'arrived.campaign_id', 'day': 'arrived.day', 'provider': 'arrived.provider',
        'account': 'arrived.account',
    },
    unique=false,
) }}
