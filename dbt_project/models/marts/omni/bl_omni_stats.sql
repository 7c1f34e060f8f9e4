-- One row per UTC hour, brand, region, channel, source and campaign with what happened in it.
-- A conversion stands at its own hour under the tags of its last non-direct touch.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='cell_id',
    affected='int_journey__affected_cells',
    affected_by=['cell_id'],
    shown_by={'bl_omni_stats_local': 'local_hours'},
    distributed_by='cell_id',
    indexes=[
        {'columns': ['cell_id'], 'unique': true},
        {'columns': ['hour_utc']},
        {'columns': ['(' ~ local_date('hour_utc') ~ ')']},
    ],
) }}
-- depends_on: {{ ref('int_journey__affected_cells') }}

{% set dimensions = ['cell_id', 'hour_utc', 'brand', 'region', 'channel', 'source', 'campaign'] %}
{% set counts = [
    'sessions', 'touches', 'calls', 'calls_answered', 'calls_missed', 'calls_other', 'emails_opened',
    'emails_clicked', 'chats', 'leads', 'deals_won', 'orders', 'orders_paid', 'orders_cancelled', 'receipts',
    'revenue_kopecks', 'refunds_kopecks', 'spend_kopecks',
] %}

with counted as (
    select
        {% for name in dimensions -%}
        events.{{ name }},
        {% endfor -%}
        {% for name in counts -%}
        sum(events.{{ name }})::bigint as {{ name }},
        {% endfor -%}
        count(distinct events.customer_uuid) as customers
    {%- if is_incremental() %}
    from {{ ref('int_journey__affected_cells') }} as affected
    inner join {{ ref('int_journey__omni_events') }} as events on affected.cell_id = events.cell_id
    {%- else %}
    from {{ ref('int_journey__omni_events') }} as events
    {%- endif %}
    group by events.{{ dimensions | join(', events.') }}
),

newcomers as (
    select
        firsts.cell_id,
        count(*) as new_customers
    {%- if is_incremental() %}
    from {{ ref('int_journey__affected_cells') }} as affected
    inner join {{ ref('int_journey__firsts') }} as firsts on affected.cell_id = firsts.cell_id
    {%- else %}
    from {{ ref('int_journey__firsts') }} as firsts
    {%- endif %}
    group by firsts.cell_id
)

select
    {% for name in dimensions + counts -%}
    counted.{{ name }},
    {% endfor -%}
    counted.customers,
    coalesce(newcomers.new_customers, 0) as new_customers
from counted
left join newcomers on counted.cell_id = newcomers.cell_id
