-- One row per campaign and kind of letters it is told by: sums of the letters.
{{ config(
    materialized='sums',
    follows='int_customers__letters',
    unique_key=['origin', 'provider', 'campaign_id'],
    indexes=[{'columns': ['origin', 'provider', 'campaign_id'], 'unique': true}],
) }}

select
    letters.origin,
    letters.provider,
    letters.campaign_id,
    {%- for name in [
        'sent', 'delivered', 'unsubscribed', 'spam', 'bounced', 'opened', 'clicked', 'opened_by_machine', 'opens',
        'clicks',
    ] %}
    sum(letters.{{ name }})::bigint as {{ name }},
    {%- endfor %}
    count(*) as entries
from {{ ref('int_customers__letters') }} as letters
group by letters.origin, letters.provider, letters.campaign_id
