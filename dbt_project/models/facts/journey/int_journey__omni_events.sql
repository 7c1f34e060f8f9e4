-- One row per touch, conversion or hour's share of an advertising cost as the hourly statistics count it:
-- where it stands and what it adds. Statistics and bl_omni_stats_facts have this text in common, so an
-- explanation cannot tell another story.
{{ config(materialized='ephemeral') }}

{#- What each of them adds, the rest is 0. A call that only the CRM noted does not say whether it was
    answered, and opens by mail robots say nothing about the reader. -#}
{% set touches = {
    'sessions': "(touch_type = 'web_session')::int",
    'touches': '1',
    'calls': "(touch_type = 'call')::int",
    'calls_answered': "(touch_type = 'call' and coalesce(is_answered, false))::int",
    'calls_missed': "coalesce(touch_type = 'call' and direction = 'in' and not is_answered, false)::int",
    'calls_other': "(touch_type = 'call' and channel = 'Other traffic / Call')::int",
    'emails_opened': "(touch_type = 'email_open' and not is_machine)::int",
    'emails_clicked': "(touch_type = 'email_click' and not is_machine)::int",
    'chats': "(touch_type = 'chat')::int",
} %}
{% set conversions = [
    'leads', 'leads_junk', 'leads_qualified', 'deals_won', 'orders_placed', 'orders_paid', 'orders_cancelled',
    'receipts', 'new_buyers', 'revenue_kopecks', 'refunds_kopecks',
] %}
{% set measures = touches.keys() | list + conversions + ['spend_kopecks'] %}

select
    {% for name in measures -%}
    {{ touches.get(name, '0') }} as {{ name }},
    {% endfor -%}
    'touch' as fact,
    touch_id as fact_id,
    at,
    cell_id,
    customer_uuid,
    hour_utc,
    brand,
    region,
    channel,
    coalesce(source, '(none)') as source,
    coalesce(campaign, '(none)') as campaign
from {{ ref('fct_touch') }}
union all
select
    {% for name in measures -%}
    {{ name if name in conversions else '0' }} as {{ name }},
    {% endfor -%}
    'conversion' as fact,
    conversion_id as fact_id,
    at,
    cell_id,
    customer_uuid,
    hour_utc,
    brand,
    region,
    channel,
    source,
    campaign
from {{ ref('int_journey__conversion_events') }}
union all
select
    {% for name in measures -%}
    {{ name if name == 'spend_kopecks' else '0' }} as {{ name }},
    {% endfor -%}
    'cost' as fact,
    cost_id as fact_id,
    hour_utc as at,
    cell_id,
    null::uuid as customer_uuid,
    hour_utc,
    brand,
    region,
    channel,
    source,
    campaign
from {{ ref('int_ads__spend_hours') }}
