-- Conversions whose path may have changed: those that changed themselves, and those of a customer who got
-- or lost a touch or another conversion at that moment or within the longest lookback before it: no path
-- reaches further back, and a purchase that ends a path (`resets`) counts within the same time only.
-- All conversions when everything is made anew.
{{ config(
    news=true,
    distributed_by='conversion_id',
    indexes=[{'columns': ['conversion_id'], 'unique': true}],
) }}
-- depends_on: {{ ref('int_journey__stale') }}, {{ ref('fct_touch') }}, {{ ref('attribution_models') }}

{% if is_whole() -%}
select conversion_id
from {{ ref('fct_conversion') }}
{%- else -%}
with longest as (
    select {{ days('max(lookback_days)') }} as lookback
    from {{ ref('attribution_models') }}
),

moments as (
    select distinct
        customer_uuid,
        at
    from {{ ref('int_journey__stale') }}
    where fact in ('touch', 'conversion') and customer_uuid is not null
)

select fact_id as conversion_id
from {{ ref('int_journey__stale') }}
where fact = 'conversion'
union
-- A deal of nobody known has no path, only what it says of its own source.
select {{ deal_of_touch('fact_id') }} as conversion_id
from {{ ref('int_journey__stale') }}
where fact = 'touch' and {{ deal_of_touch('fact_id') }} is not null
union
select conversions.conversion_id
from moments
cross join longest
inner join {{ ref('fct_conversion') }} as conversions
    on
        moments.customer_uuid = conversions.customer_uuid
        and moments.at <= conversions.at
        and moments.at + longest.lookback >= conversions.at
{%- endif %}
