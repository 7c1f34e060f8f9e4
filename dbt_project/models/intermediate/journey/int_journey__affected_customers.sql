-- Customers whose first event may have changed: those who got or lost a touch or a conversion.
-- Empty when everything is made anew.
{{ config(
    news=true,
    distributed_by='customer_uuid',
    indexes=[{'columns': ['customer_uuid'], 'unique': true}],
) }}
-- depends_on: {{ ref('fct_touch') }}, {{ ref('int_journey__conversion_events') }}

select distinct customer_uuid
from {{ ref('int_journey__stale') }}
where
    fact in ('touch', 'event')
    and customer_uuid is not null
    {%- if is_whole() %}
    and false
    {%- endif %}
