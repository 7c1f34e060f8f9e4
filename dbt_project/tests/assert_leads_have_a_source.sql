-- At least var leads_with_source_target of the leads of the last 30 days have a known source: their last
-- non-direct touch is neither missing, direct, unclassified nor without a source. A warning: the numbers
-- add up, but what cannot be told apart cannot be steered.
{{ config(severity='warn', meta={'audit': 'statistics'}) }}

{% set query %}
with recent as (
    select
        leads,
        source <> '(none)'
        and channel not in ('(unattributed)', 'Unassigned')
        and channel not in (select rules.channel from {{ ref('channel_rules') }} as rules where rules.is_direct)
            as has_source
    from {{ ref('bl_omni_stats') }}
    where
        leads > 0
        and hour_utc > (select max(hour_utc) - interval '30 days' from {{ ref('bl_omni_stats') }} where leads > 0)
),

counted as (
    select
        coalesce(sum(leads) filter (where has_source), 0) as with_source,
        sum(leads) as leads
    from recent
)

select
    format(
        '%s of %s leads of the last 30 days have a source: %s %%, wanted are %s %%. Mend: seeds call_tracking_numbers,'
        ' source_categories, channel_rules; marks of links',
        with_source, leads, round(100.0 * with_source / leads, 1), 100 * {{ var('leads_with_source_target') }}
    ) as problem
from counted
where with_source < {{ var('leads_with_source_target') }} * leads
{% endset %}
{{ problems(query) }}
