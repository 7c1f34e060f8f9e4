-- Local months of orders by first channel and source to count again: those of a conversion, now or before,
-- and those in which a customer ordered whose first touch changed. Empty when everything is made anew.
{{ config(
    news=true,
    distributed_by='local_month',
    indexes=[{'columns': ['local_month'], 'unique': true}],
) }}
-- depends_on: {{ ref('fct_conversion') }}, {{ ref('int_journey__firsts') }}

with customers as (
    select distinct customer_uuid
    from {{ ref('int_journey__stale') }}
    where fact = 'first'
),

moments as (
    select at
    from {{ ref('int_journey__stale') }}
    where fact = 'conversion'
    union
    select orders.at
    from customers
    inner join {{ ref('fct_conversion') }} as orders on customers.customer_uuid = orders.customer_uuid
    where orders.kind = 'order'
)

select distinct {{ local_month('at') }} as local_month
from moments
{%- if is_whole() %}
where false
{%- endif %}
