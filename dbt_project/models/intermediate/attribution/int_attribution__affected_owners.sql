-- Owners whose journeys may have changed: customers who got or lost a touch or a conversion, and conversions
-- of nobody known. A touch of nobody known owns nothing. Empty when everything is made anew.
{{ config(
    news=true,
    distributed_by='owner',
    indexes=[{'columns': ['owner'], 'unique': true}],
) }}
-- depends_on: {{ ref('fct_touch') }}, {{ ref('fct_conversion') }}

select distinct
    coalesce(customer_uuid::text, fact_id) as owner,
    customer_uuid,
    case when customer_uuid is null then fact_id end as conversion_id
from {{ ref('int_journey__stale') }}
where
    (fact = 'conversion' or (fact = 'touch' and customer_uuid is not null))
    {%- if is_whole() %}
    and false
    {%- endif %}
