{#- The first row of each customer in an order: of affected customers by one look into an index on
    (customer_uuid, at), of all of them by sorting. -#}
{% macro first_of_customers(relation, columns, ordering, condition='true') -%}
{%- if is_whole() -%}
select distinct on (customer_uuid)
    customer_uuid,
    {{ columns | join(', ') }}
from {{ relation }}
where customer_uuid is not null and {{ condition }}
order by customer_uuid, {{ ordering | join(', ') }}
{%- else -%}
select
    affected.customer_uuid,
    {% for column in columns %}earliest.{{ column.split(' as ')[-1] }}{{ ', ' if not loop.last }}{% endfor %}
from {{ ref('int_journey__affected_customers') }} as affected
cross join lateral (
    select {{ columns | join(', ') }}
    from {{ relation }} as candidates
    where candidates.customer_uuid = affected.customer_uuid and {{ condition }}
    order by {{ ordering | join(', ') }}
    limit 1
) as earliest
{%- endif %}
{%- endmacro %}
