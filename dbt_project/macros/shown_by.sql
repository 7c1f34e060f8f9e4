{#- A table that is made whole takes the place of the old one, and dbt drops the old one with the views on
    it: until their own turn comes they would be missing. So a table names in `shown_by` the views of its
    schema, each with the macro that renders its query, and they move over in the same transaction.
    dbt calls this on the new table before it takes its name: views are locked before tables, as
    readers of a view lock them. -#}
{% macro create_indexes(relation) -%}
{{ default__create_indexes(relation) }}
{%- for name, render in config.get('shown_by', {}).items() %}
    {%- set view = load_cached_relation(this.incorporate(path={'identifier': name})) %}
    {%- if view is not none %}
        {%- do adapter.drop_relation(view) %}
        {%- do run_query('create view ' ~ view ~ ' as ' ~ context[render](relation)) %}
        {#- Else dbt believes that it goes with the old table, and stumbles over it later. -#}
        {%- do adapter.cache_added(view) %}
    {%- endif %}
{%- endfor %}
{%- endmacro %}

{#- The query of bl_omni_stats_local. -#}
{% macro local_hours(hours) -%}
select
    cell_id,
    hour_utc,
    hour_utc at time zone '{{ var("local_timezone") }}' as local_hour,
    {{ local_date('hour_utc') }} as local_date,
    brand,
    region,
    channel,
    source,
    campaign,
    sessions,
    touches,
    calls,
    calls_answered,
    calls_missed,
    calls_other,
    emails_opened,
    emails_clicked,
    chats,
    leads,
    deals_won,
    orders,
    orders_paid,
    orders_cancelled,
    receipts,
    revenue_kopecks,
    refunds_kopecks,
    spend_kopecks,
    customers,
    new_customers
from {{ hours }}
{%- endmacro %}
