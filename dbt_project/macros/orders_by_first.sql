{#- The queries of orders_by_first_channel and orders_by_first_source: sums over a table of months. -#}
{% macro orders_by_first_channel(months) -%}
{{ _orders_by_first('first_channel', months) }}
{%- endmacro %}

{% macro orders_by_first_source(months) -%}
{{ _orders_by_first('first_source', months) }}
{%- endmacro %}

{% macro _orders_by_first(first, months) -%}
select
    local_month,
    brand,
    {{ first }},
    sum(orders)::bigint as orders,
    sum(customers)::bigint as customers,
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    round(sum(revenue_kopecks) / sum(orders))::bigint as average_order_kopecks
from {{ months }}
group by local_month, brand, {{ first }}
{%- endmacro %}
