-- One row per UTC hour, brand, region, channel, source and campaign with what happened in it.
-- A conversion stands at its own hour under the tags of its last non-direct touch.
{#- Cells in hours that an engineer wants counted again (ops.hours_again): all that stand in them or should.
    The pre-hook locks the requests, the post-hook takes back those that were met. #}
{%- set hours_again = "
    {%- for name, moment in [
        ('fct_touch', 'at'), ('int_journey__conversion_events', 'at'), ('int_ads__spend_hours', 'hour_utc'),
        ('bl_omni_stats', 'hour_utc'),
    ] %}
    select placed.cell_id
    from {{ source('ops', 'hours_again') }} as asked
    inner join {{ relation_of(name) }} as placed
        on
            placed.{{ moment }} >= date_trunc('hour', asked.from_hour, 'UTC')
            and placed.{{ moment }} < asked.before_hour
    {{ 'union all' if not loop.last }}
    {%- endfor %}
" %}
{{ config(
    materialized='keyed',
    key='cell_id',
    unique_key='cell_id',
    follows={
        'fct_touch': 'cell_id',
        'int_journey__conversion_events': 'cell_id',
        'int_ads__spend_hours': 'cell_id',
        'int_journey__firsts': 'cell_id',
    },
    reads={
        'fct_touch': [
            'touch_id', 'at', 'cell_id', 'customer_uuid', 'hour_utc', 'brand', 'region', 'channel', 'source',
            'campaign', 'touch_type', 'direction', 'is_answered', 'is_machine',
        ],
        'int_journey__firsts': ['customer_uuid', 'cell_id'],
    },
    asked=hours_again,
    followed_by=['partitions'],
    pre_hook="lock table {{ source('ops', 'hours_again') }} in share row exclusive mode",
    post_hook="delete from {{ source('ops', 'hours_again') }}",
    indexes=[
        {'columns': ['cell_id'], 'unique': true},
        {'columns': ['hour_utc']},
        {'columns': ['(' ~ local_date('hour_utc') ~ ')']},
    ],
) }}

{% set dimensions = ['cell_id', 'hour_utc', 'brand', 'region', 'channel', 'source', 'campaign'] %}
{% set counts = [
    'sessions', 'touches', 'calls', 'calls_answered', 'calls_missed', 'calls_other', 'emails_opened',
    'emails_clicked', 'chats', 'leads', 'leads_junk', 'leads_qualified', 'deals_won', 'orders_placed', 'orders_paid',
    'orders_cancelled', 'receipts', 'new_buyers', 'revenue_kopecks', 'refunds_kopecks', 'spend_kopecks',
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
    from {{ ref('int_journey__omni_events') }} as events
    group by events.{{ dimensions | join(', events.') }}
),

newcomers as (
    select
        firsts.cell_id,
        count(*) as first_contacts
    from {{ ref('int_journey__firsts') }} as firsts
    group by firsts.cell_id
)

select
    {% for name in dimensions + counts -%}
    counted.{{ name }},
    {% endfor -%}
    counted.customers,
    coalesce(newcomers.first_contacts, 0) as first_contacts,
    -- Names of the last release.
    counted.orders_placed as orders,
    coalesce(newcomers.first_contacts, 0) as new_customers
from counted
left join newcomers on counted.cell_id = newcomers.cell_id
