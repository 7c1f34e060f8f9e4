{#- Orders of affected months by local month, brand and what the customer's first contact says: `first` is
    the column, `value` an expression over `firsts` (int_journey__firsts, null for who was never seen). -#}
{% macro orders_by_first(first, value) -%}
with
{%- if is_incremental() %} months as (
    -- A day more at both ends, for the index: local midnights may come twice or not at all.
    select
        local_month,
        local_month::timestamp at time zone 'UTC' - interval '2 days' as from_at,
        local_month::timestamp at time zone 'UTC' + interval '33 days' as before_at
    from {{ ref('int_journey__affected_months') }}
),
{% endif %}
orders as (
    select
        conversions.customer_uuid,
        conversions.brand,
        conversions.revenue_kopecks,
        {{ local_month('conversions.at') }} as local_month
    {%- if is_incremental() %}
    from months
    inner join {{ ref('fct_conversion') }} as conversions
        on
            months.from_at <= conversions.at
            and months.before_at > conversions.at
            and months.local_month = {{ local_month('conversions.at') }}
    {%- else %}
    from {{ ref('fct_conversion') }} as conversions
    {%- endif %}
    where conversions.kind = 'order' and not conversions.is_cancelled
),

placed as (
    select
        orders.*,
        {{ value }} as {{ first }}
    from orders
    left join {{ ref('int_journey__firsts') }} as firsts on orders.customer_uuid = firsts.customer_uuid
)

select
    local_month,
    brand,
    {{ first }},
    count(*) as orders,
    count(distinct customer_uuid) as customers,
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    round(sum(revenue_kopecks)::numeric / count(*))::bigint as average_order_kopecks
from placed
group by local_month, brand, {{ first }}
{%- endmacro %}
