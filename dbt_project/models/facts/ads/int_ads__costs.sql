-- One row per cost row, joined to its campaign, with its channel, and money in kopecks of the base currency
-- at the rate of its day. `quarantine_reason` tells why a row cannot be published; such rows have no money.
-- A day of a campaign falls together: its networks have one name.
{{ config(
    materialized='keyed',
    key=['provider', 'account', 'campaign_id', 'local_date'],
    unique_key='cost_id',
    follows={
        'stg_ads__campaign_costs': ['provider', 'account', 'campaign_id', 'day'],
        'stg_ads__campaign_cost_versions': ['provider', 'account', 'campaign_id', 'day'],
    },
    reads_as_rule=[
        'campaign_names', 'ad_networks', 'exchange_rates', 'channel_rules', 'source_categories', 'referrer_hosts',
        'payment_providers', 'click_ids',
    ],
    indexes=[
        {'columns': ['cost_id'], 'unique': true},
        {'columns': ['campaign_id', 'local_date']},
        {'columns': ['local_date']},
    ],
) }}

with combinations as (
    -- As a visit without a click id would be: an advertisement has no other traces.
    select distinct
        signature,
        'web_session' as touch_type,
        null::text as direction,
        'false' as is_machine,
        source,
        medium,
        campaign,
        null::text as click_id,
        null::text as provider,
        null::text as written_host,
        null::text as trunk_channel,
        null::boolean as trunk_is_paid,
        null::text as caveat
    from {{ ref('int_ads__joined_costs') }}
),

{{ channels_of('combinations') }},

rates as (
    {{ periods_of(ref('exchange_rates'), 'currency', 'rate') }}
),

rated as (
    select
        joined.*,
        classified.channel,
        classified.rule_id,
        classified.source as published_source,
        rates.rate
    from {{ ref('int_ads__joined_costs') }} as joined
    inner join classified on joined.signature = classified.signature
    left join rates
        on
            joined.currency = rates.currency
            and joined.day >= rates.valid_from
            and joined.day < rates.valid_before
)

select
    cost_id,
    day as local_date,
    brand,
    region,
    channel,
    rule_id,
    coalesce(published_source, '(none)') as source,
    coalesce(campaign, '(none)') as campaign,
    medium,
    joined_by,
    impressions,
    clicks,
    {{ converted_kopecks('net_kopecks', 'rate') }} as net_kopecks,
    -- What is paid less the net part, so that both add up in the base currency too.
    {{ converted_kopecks('(net_kopecks + vat_kopecks)', 'rate') }}
    - {{ converted_kopecks('net_kopecks', 'rate') }} as vat_kopecks,
    currency,
    rate::numeric(20, 8) as rate,
    case
        when net_kopecks + vat_kopecks is null then 'no amount'
        when rate is null and currency is null then 'no currency'
        when rate is null then 'no exchange rate'
        when {{ converted_kopecks('(abs(net_kopecks) + abs(vat_kopecks))', 'rate') }} is null
            then 'amount out of range'
    end as quarantine_reason,
    provider,
    account,
    campaign_id,
    campaign_name,
    network,
    cost_given,
    _seq as seq
from rated
