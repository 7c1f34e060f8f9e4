-- One row per distinct combination of what a channel depends on, with its channel and the rule.
-- Rules are tried on combinations, not on touches: 60 rules * 10^3 combinations instead of 10^5 touches.
-- What a combination gives follows from it and from the rules alone, so those known are kept, used or not.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='signature',
    indexes=[{'columns': ['signature'], 'unique': true}],
) }}

with combinations as (
    select distinct
        signature,
        touch_type,
        direction,
        is_machine::text as is_machine,
        utm_source as source,
        utm_medium as medium,
        utm_campaign as campaign,
        click_id,
        provider,
        referrer_host as written_host,
        trunk_channel,
        trunk_is_paid,
        caveat
    from {{ ref('int_journey__touches') }} as touches
    {%- if is_incremental() %}
    where
        not exists (
            select 1 from {{ this }} as known
            where touches.signature = known.signature
        )
    {%- endif %}
),

{{ channels_of('combinations') }}

select * from classified
