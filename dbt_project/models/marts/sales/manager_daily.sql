-- One row per local day and manager: calls, leads taken and how soon they were answered, deals and orders
-- of the manager, and their revenue. What nobody's name stands at has no manager, so that days add up to
-- the whole shop. Orders and deals stand on the day of the conversion, under who has their deal; losses on
-- the day of the loss.
{{ config(materialized='view') }}
{%- set counts = [
    'calls', 'calls_answered', 'talk_seconds', 'leads', 'leads_junk', 'leads_qualified', 'leads_answered',
    'leads_answered_in_five_minutes', 'deals_won', 'deals_lost', 'orders_paid', 'purchases', 'revenue_kopecks',
] %}
{#- What each part counts; the others are 0 in it. #}
{%- set parts = {
    'calls': {
        'calls': '1', 'calls_answered': 'coalesce(is_answered, false)::int', 'talk_seconds': 'coalesce(talk_seconds, 0)',
    },
    'leads': {
        'leads': '(not is_junk)::int', 'leads_junk': 'is_junk::int',
        'leads_qualified': '(is_qualified and not is_junk)::int',
        'leads_answered': '(not is_junk and first_response_work_seconds is not null)::int',
        'leads_answered_in_five_minutes': '(not is_junk and coalesce(first_response_work_seconds <= 300, false))::int',
    },
    'sales': {
        'deals_won': "(kind = 'deal')::int", 'orders_paid': "(kind = 'order' and is_purchase)::int",
        'purchases': 'is_purchase::int', 'revenue_kopecks': 'revenue_kopecks',
    },
    'losses': {'deals_lost': '1'},
} %}

with calls as (
    select
        {{ local_date('at') }} as local_date,
        manager_id,
        is_answered,
        talk_seconds
    from {{ ref('int_sales__calls') }}
),

leads as (
    select
        {{ local_date('created_at') }} as local_date,
        manager_id,
        is_junk,
        is_qualified,
        first_response_work_seconds
    from {{ ref('lead') }}
    where created_at is not null
),

-- An order that two deals name is the first one's.
sellers as (
    select distinct on (1)
        coalesce('order:' || order_id, 'deal:' || source_id) as conversion_id,
        manager_id
    from {{ ref('int_sales__requests') }}
    where kind = 'deal'
    order by 1 asc, source_id asc
),

sales as (
    select
        {{ local_date('conversions.at') }} as local_date,
        sellers.manager_id,
        conversions.kind,
        {{ is_purchase('conversions') }} as is_purchase,
        conversions.revenue_kopecks
    from {{ ref('fct_conversion') }} as conversions
    left join sellers on conversions.conversion_id = sellers.conversion_id
    where conversions.kind in ('deal', 'order')
),

losses as (
    select distinct on (stays.deal_id)
        {{ local_date('stays.entered_at') }} as local_date,
        deals.manager_id
    from {{ ref('int_sales__stays') }} as stays
    inner join {{ ref('int_sales__requests') }} as deals
        on stays.deal_id = deals.source_id and deals.kind = 'deal' and deals.semantic_id = 'F'
    -- As among won deals, one of a site order is the order's.
    where stays.semantic_id = 'F' and deals.order_id is null
    order by stays.deal_id asc, stays.stay_no desc
),

counted as (
    {%- for part, columns in parts.items() %}
    select
        local_date,
        {% for name in counts -%}
        {{ columns.get(name, '0') }}::bigint as {{ name }},
        {% endfor -%}
        manager_id
    from {{ part }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

summed as (
    select
        local_date,
        {% for name in counts -%}
        sum({{ name }})::bigint as {{ name }},
        {% endfor -%}
        manager_id
    from counted
    group by local_date, manager_id
),

answers as (
    select
        local_date,
        manager_id,
        round(percentile_cont(0.5) within group (order by first_response_work_seconds))::bigint as seconds
    from leads
    where not is_junk and first_response_work_seconds is not null
    group by local_date, manager_id
)

select
    summed.local_date,
    summed.manager_id,
    {{ manager_name('summed.manager_id', 'managers.name') }} as manager,
    summed.{{ counts[:9] | join(',\n    summed.') }},
    answers.seconds as median_first_response_seconds,
    summed.{{ counts[9:] | join(',\n    summed.') }},
    round(summed.revenue_kopecks / nullif(summed.purchases, 0)::numeric, 2) as average_sale_kopecks
from summed
left join answers
    on summed.local_date = answers.local_date and summed.manager_id is not distinct from answers.manager_id
left join {{ ref('stg_crm__users') }} as managers on summed.manager_id = managers.user_id
