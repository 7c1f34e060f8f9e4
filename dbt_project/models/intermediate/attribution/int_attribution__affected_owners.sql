-- Owners whose journeys may have changed: customers who got or lost a touch or a conversion, and conversions
-- of nobody known. A touch of nobody known owns nothing, but that of a deal tells where the deal came from.
-- Empty when everything is made anew.
{{ config(
    news=true,
    distributed_by='owner',
    indexes=[{'columns': ['owner'], 'unique': true}],
) }}
-- depends_on: {{ ref('fct_touch') }}, {{ ref('fct_conversion') }}

with changed as (
    select
        customer_uuid,
        case when customer_uuid is null then case fact
            when 'conversion' then fact_id
            when 'touch' then {{ deal_of_touch('fact_id') }}
        end end as conversion_id
    from {{ ref('int_journey__stale') }}
    where fact in ('conversion', 'touch')
)

select distinct
    coalesce(customer_uuid::text, conversion_id) as owner,
    customer_uuid,
    conversion_id
from changed
where
    coalesce(customer_uuid::text, conversion_id) is not null
    {%- if is_whole() %}
    and false
    {%- endif %}
