{#- SELECT of what advertising cost and what it brought, by a period (an expression over local_date, called `name`),
    brand, channel, source, campaign, model and basis: sums of three tables and their ratios. Visits and cost have
    neither model nor basis and stand under each, so that a filter on one of them leaves the three side by side; nor
    have they a region, and a sale is of its buyer's, so that there is no region here at all.
    Without a row of cost its measures are null: nobody told what the channel costs. -#}
{% macro performance_by(period, name) -%}
{%- set dimensions = ['brand', 'channel', 'source', 'campaign'] -%}
{%- set branches = {
    'credited': {
        'leads': 'leads', 'leads_junk': 'leads_junk', 'leads_qualified': 'leads_qualified',
        'orders_placed': 'orders_placed', 'orders_paid': 'orders_paid', 'purchases': 'purchases',
        'new_buyers': 'new_buyers', 'revenue_kopecks': 'revenue_kopecks',
        'known_margin_kopecks': 'margin_kopecks',
        'revenue_with_margin_kopecks': 'revenue_with_margin_kopecks',
    },
    'visited': {'sessions': 'sessions'},
    'spent': {
        'impressions': 'impressions', 'clicks': 'clicks', 'spend_kopecks': 'net_kopecks',
        'spend_vat_kopecks': 'vat_kopecks',
    },
} -%}
{%- set sums = {
    'impressions': 'bigint', 'clicks': 'bigint', 'spend_kopecks': 'bigint', 'spend_vat_kopecks': 'bigint',
    'sessions': 'bigint', 'leads': 'numeric(20, 6)', 'leads_junk': 'numeric(20, 6)',
    'leads_qualified': 'numeric(20, 6)', 'orders_placed': 'numeric(20, 6)', 'orders_paid': 'numeric(20, 6)',
    'purchases': 'numeric(20, 6)', 'new_buyers': 'numeric(20, 6)',
    'revenue_kopecks': 'bigint', 'revenue_with_margin_kopecks': 'bigint', 'known_margin_kopecks': 'bigint',
} -%}
{#- Money in kopecks to the hundredth, shares to the millionth; null when nothing stands below the line. -#}
{%- set ratios = {
    'cpm_kopecks': ('1000 * spend_kopecks', 'impressions', 2),
    'cpc_kopecks': ('spend_kopecks', 'clicks', 2),
    'ctr': ('clicks', 'impressions', 6),
    'session_to_lead': ('leads', 'sessions', 6),
    'cpl_kopecks': ('spend_kopecks', 'leads', 2),
    'qualified_cpl_kopecks': ('spend_kopecks', 'leads_qualified', 2),
    'cpo_kopecks': ('spend_kopecks', 'purchases', 2),
    'cac_kopecks': ('spend_kopecks', 'new_buyers', 2),
    'average_order_kopecks': ('revenue_kopecks', 'purchases', 2),
    'roas': ('revenue_kopecks', 'spend_kopecks', 6),
    'romi': ('(case when revenue_kopecks = 0 then 0 else margin_kopecks end - spend_kopecks)', 'spend_kopecks', 6),
    'romi_revenue': ('(revenue_kopecks - spend_kopecks)', 'spend_kopecks', 6),
    'ad_cost_share': ('spend_kopecks', 'revenue_kopecks', 6),
    'margin_known_share': ('revenue_with_margin_kopecks', 'revenue_kopecks', 6),
} -%}
{#- Names of the last release. -#}
{%- set former = {
    'qualified_leads': 'leads_qualified', 'orders': 'orders_paid', 'new_customers': 'new_buyers',
    'spend_net_kopecks': 'spend_kopecks',
} -%}
with views as (
    select
        models.model_id,
        bases.basis
    from {{ ref('int_attribution__models') }} as models
    cross join (values ('order_date'), ('touch_date')) as bases (basis)
),

credited as (
    select
        {{ period }} as {{ name }},
        {{ dimensions | join(',\n        ') }},
        model_id,
        basis,
        {%- for column in branches['credited'].values() %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_attribution_daily') }}
    group by {{ period }}, {{ dimensions | join(', ') }}, model_id, basis
),

visits as (
    select
        {{ local_date('hour_utc') }} as local_date,
        {{ dimensions | join(',\n        ') }},
        sessions
    from {{ ref('bl_omni_stats') }}
    where sessions > 0
),

visited as (
    select
        {{ period }} as {{ name }},
        {{ dimensions | join(',\n        ') }},
        sum(sessions) as sessions
    from visits
    group by {{ period }}, {{ dimensions | join(', ') }}
),

spent as (
    select
        {{ period }} as {{ name }},
        {{ dimensions | join(',\n        ') }},
        {%- for column in branches['spent'].values() %}
        {#- What a seller does not count is unknown, and so is a sum with it. #}
        case when count(*) = count({{ column }}) then sum({{ column }}) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('channel_performance_costs') }}
    group by {{ period }}, {{ dimensions | join(', ') }}
),

parts as (
    {%- for branch, columns in branches.items() %}
    select
        {{ name }},
        {{ dimensions | join(',\n        ') }},
        {{ 'views.' if branch != 'credited' }}model_id,
        {{ 'views.' if branch != 'credited' }}basis,
        {%- for column in sums %}
        {{ columns.get(column, 'null::numeric' if column in branches['spent'] else '0') }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ branch }}
    {%- if branch != 'credited' %}
    cross join views
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

sums as (
    select
        {{ name }},
        {{ dimensions | join(',\n        ') }},
        model_id,
        basis,
        {%- for column, kind in sums.items() %}
        sum({{ column }})::{{ kind }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from parts
    group by {{ name }}, {{ dimensions | join(', ') }}, model_id, basis
),

measured as (
    select
        *,
        -- Known when that of all revenue is, and there is some: a row without revenue does not tell whether its brand
        -- has a margin.
        case
            when revenue_kopecks <> 0 and revenue_with_margin_kopecks = revenue_kopecks then known_margin_kopecks
        end as margin_kopecks
    from sums
)

select
    {{ name }},
    {{ dimensions | join(',\n    ') }},
    model_id,
    basis,
    {%- for column in sums if column != 'known_margin_kopecks' %}
    {{ column }},
    {%- endfor %}
    margin_kopecks,
    {%- for ratio, (above, below, digits) in ratios.items() %}
    round({{ above }} / nullif({{ below }}, 0)::numeric, {{ digits }}) as {{ ratio }},
    {%- endfor %}
    {%- for name, now in former.items() %}
    {{ now }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from measured
{%- endmacro %}
